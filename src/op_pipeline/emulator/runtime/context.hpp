// What a running kernel's API calls may ask of the scheduler: who am I, stop here, wait. Used inside the child only.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "data_format.hpp"
#include "fault.hpp"
#include "program_image.hpp"

namespace op_emulator {

struct ComputeState;  // compute/state.hpp: DST, init state, format state of one compute kernel on one core
struct CoreState;     // core.hpp: L1, circular buffers, outstanding NOC transfers of one core

struct KernelContext {
    const KernelImage* kernel = nullptr;
    CoreXY core;
    Risc risc = Risc::NCRISC;
    CoreState* core_state = nullptr;
    ComputeState* compute = nullptr;  // created by the runtime through make_compute_state for TRISC kernels
    Where last_call;                  // most recent API call, for deadlock and watchdog reports
};

// The kernel whose fibre is running now.
KernelContext& current();
// First statement of every API call: notes the line for deadlock and watchdog reports, tells the watchdog of progress.
KernelContext& enter_call(Where where);

// Ends the whole program with this fault; does not return.
[[noreturn]] void raise_fault(
    const char* fault_class, std::string message, Where where, std::string hint = {});
void add_warning(std::string text);

// --- circular buffers as the compute side sees them -------------------------------------------------------------
struct CbInfo {
    DataFormat format;
    std::uint32_t page_size;
    std::uint32_t pages;
    std::uint32_t tile_height, tile_width;
};
// Fault "cb_undeclared" when this core has no such CB.
CbInfo cb_info(std::uint32_t cb, Where where);
// Page `index` counted from the front. Fault "cb_read_before_wait" when this kernel has not waited for index + 1 pages.
const std::byte* cb_front_page(std::uint32_t cb, std::uint32_t index, Where where);
// Page `index` counted from the back (write side). Fault "cb_write_before_reserve" unless reserved.
std::byte* cb_back_page(std::uint32_t cb, std::uint32_t index, Where where);

// --- the compute library registers itself here (compute/state.cpp defines them) -----------------------------------
ComputeState* make_compute_state(const KernelImage& kernel);
void destroy_compute_state(ComputeState* state);
// How a compute kernel uses the core: calls so far, DST tiles a section has and the most it held when it was handed on.
struct ComputeUse {
    std::uint64_t calls = 0;
    std::uint32_t dst_capacity = 0, dst_most = 0;
};
ComputeUse compute_use(const ComputeState& state);
// Called when a compute kernel returns: faults for DST still acquired and the like.
void finish_compute_state(ComputeState& state, Where where);
// Called at the end of cb_push_back in a compute kernel: the next pack_tile starts at the first reserved page again.
void compute_cb_pushed(ComputeState& state, std::uint32_t cb);

}  // namespace op_emulator

// What the host side hands to the runtime: one compiled program, ready to run. Knows nothing about tensors.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data_format.hpp"

namespace op_emulator {

struct CoreXY {  // logical worker coordinates
    std::uint32_t x = 0, y = 0;
    friend constexpr bool operator==(const CoreXY&, const CoreXY&) = default;
    friend constexpr auto operator<=>(const CoreXY&, const CoreXY&) = default;
};

enum class Risc : std::uint8_t { BRISC, NCRISC, TRISC };  // writer (NOC 1), reader (NOC 0), compute

struct ComputeSettings {
    std::uint8_t math_fidelity = 4;  // 0 LoFi, 2 HiFi2, 3 HiFi3, 4 HiFi4
    bool math_approx_mode = false;
    bool fp32_dest_acc_en = false;
    bool dst_full_sync_en = false;
    std::array<bool, 64> unpack_to_dest_fp32{};
};

struct KernelArguments {
    CoreXY core;
    std::vector<std::uint32_t> values;
};

// Names of a Metal 2.0 kernel and what they stand for; the toolchain declares them in front of the source.
struct KernelNames {
    enum class ArgumentKind : std::uint8_t { Runtime, Common, CompileTime };
    struct Argument {  // args::name
        std::string name;
        ArgumentKind kind = ArgumentKind::Runtime;
        std::uint32_t value = 0;  // CompileTime: itself; else the index of its word
    };
    struct Buffer {  // dfb::name
        std::string name, buffer;  // buffer: the program's name
        std::uint32_t index = 0;
    };
    struct Tensor {  // tensor::name
        std::string name;
        std::uint32_t offset = 0, address = 0;  // compile-time word, common word
    };
    struct Semaphore {  // sem::name
        std::string name;
        std::uint32_t index = 0;
    };
    struct Scratchpad {  // scratch::name
        std::string name;
        std::uint32_t address = 0, size = 0;  // common word, bytes
    };
    std::vector<Argument> args;
    std::vector<Buffer> dfbs;
    std::vector<Tensor> tensors;
    std::vector<std::pair<std::string, std::vector<std::string>>> sequences;
    std::vector<Semaphore> semaphores;
    std::vector<Scratchpad> scratchpads;
    std::uint32_t varargs = 0, common_varargs = 0;  // where they begin
    std::uint32_t compile_time_varargs = 0;         // how many there are
};

struct KernelImage {
    std::string name;  // source path as the descriptor gives it
    std::string source;  // absolute path of the source, or the text itself when is_source_text
    bool is_source_text = false;
    Risc risc = Risc::NCRISC;
    std::uint8_t noc = 0;
    ComputeSettings compute;  // meaningful on TRISC only
    std::vector<std::uint32_t> compile_time_args;
    std::vector<std::pair<std::string, std::uint32_t>> named_compile_time_args;
    std::vector<std::pair<std::string, std::string>> defines;
    std::vector<std::string> include_paths;
    std::vector<CoreXY> cores;
    std::vector<KernelArguments> runtime_args;  // cores without an entry have none (not even zeros)
    std::vector<std::uint32_t> common_runtime_args;
    std::optional<KernelNames> names;
    std::string library;  // compiled shared object; filled in by the toolchain before run_program
};

struct CircularBufferImage {
    std::uint32_t index = 0;
    std::uint32_t address = 0;  // L1 offset, the same on all its cores
    std::uint32_t total_size = 0;
    std::uint32_t page_size = 0;
    DataFormat format = DataFormat::Invalid;
    std::uint32_t tile_height = kTileHeight, tile_width = kTileWidth;
    bool globally_allocated = false;  // sits on a sharded tensor: not poisoned at start
    std::vector<CoreXY> cores;
};

struct SemaphoreImage {
    std::uint32_t id = 0, address = 0, initial_value = 0;
    std::vector<CoreXY> cores;
};

// L1 that one kernel has to itself, at the same address on all its cores.
struct ScratchpadImage {
    std::string name;
    std::uint32_t address = 0, size = 0;
    std::vector<CoreXY> cores;
};

struct ProgramImage {
    std::string name;
    std::vector<KernelImage> kernels;
    std::vector<CircularBufferImage> circular_buffers;
    std::vector<SemaphoreImage> semaphores;
    std::vector<ScratchpadImage> scratchpads;
};

class TraceRing;  // trace.hpp

struct RunOptions {
    std::uint64_t schedule_seed = 0;    // permutes the order in which ready fibres run; same seed, same run
    double stall_seconds = 10.0;        // no API call for so long: the run is stopped as non_termination
    double deadline_seconds = 120.0;    // whole run
    std::uint32_t workers = 1;          // processes for the cores, 0: as many as help; never more than the program allows
    bool checks = true;                 // false: only to measure what checks cost
    std::uint64_t memory_bytes = 0;     // 0: no extra limit in the child process
    TraceRing* trace = nullptr;         // where to record what happens; null: nowhere
};

// What went through one circular buffer, on one core or on all of them.
struct CbCounts {
    std::uint64_t pushed = 0, popped = 0;              // pages
    std::uint64_t waited_front = 0, waited_back = 0;   // calls of cb_wait_front, cb_reserve_back that had to wait
    std::uint64_t highest_fill = 0;                    // pages; of all cores the highest
};

struct CbTraffic {
    std::uint32_t index = 0, pages = 0, cores = 0;  // pages it holds (on the busiest core), cores it stands on
    CbCounts all, busiest;                          // busiest: most pages pushed and popped, the first of several
    CoreXY busiest_core;
};

struct NocCounts {
    std::uint64_t read = 0, written = 0;  // bytes moved over the NOC; a multicast counts each destination
    std::uint64_t read_dram = 0, written_dram = 0, multicast = 0;  // parts of these; the rest is L1, one core at a time
};

struct KernelTraffic {
    std::string name, risc;
    std::uint32_t cores = 0;
    NocCounts all, busiest;
    std::uint64_t compute_calls = 0;               // of a compute kernel, over all cores
    std::uint32_t dst_capacity = 0, dst_most = 0;  // DST tiles of a section; the most handed on at once on any core
    CoreXY busiest_core;
};

struct RunReport {
    std::uint64_t api_calls = 0, fibre_switches = 0;
    double seconds = 0;
    std::vector<CbTraffic> circular_buffers;  // by index
    std::vector<KernelTraffic> kernels;       // as in the image
    std::vector<std::string> warnings;  // e.g. division by zero answered as RISC-V does
};

class Device;  // device.hpp

// Throws std::invalid_argument unless cores, circular buffers and semaphores are ones this device has.
void check_program(const Device& device, const ProgramImage& program);

// Runs the program to its end in a forked child and returns; device memory (shared mapping) holds the results.
// Throws ProgramFault when a rule of the hardware was broken, std::invalid_argument for a malformed image.
RunReport run_program(Device& device, const ProgramImage& program, const RunOptions& options);

}  // namespace op_emulator

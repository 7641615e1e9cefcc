// What operations of the descriptor pattern reach through this header. The imperative Program API
// (CreateKernel, SetRuntimeArgs, ...) is not modelled.
#pragma once
#include <vector>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/hal.hpp>
#include <tt-metalium/kernel_types.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/program_descriptors.hpp>

namespace tt::tt_metal {

// Of the imperative API only what shared upstream helpers mention in their signatures and templates; nothing defines
// these functions, so an operation that calls one does not link.
class Program;
using KernelHandle = std::uint32_t;
using CBHandle = std::uintptr_t;
struct RuntimeArgsData {
    std::uint32_t* rt_args_data = nullptr;
    std::uint32_t& operator[](std::size_t index) { return rt_args_data[index]; }
};
RuntimeArgsData& GetRuntimeArgs(const Program& program, KernelHandle kernel, const CoreCoord& core);
std::vector<std::vector<RuntimeArgsData>>& GetRuntimeArgs(const Program& program, KernelHandle kernel);

}  // namespace tt::tt_metal

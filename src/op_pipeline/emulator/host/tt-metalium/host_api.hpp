// What operations of the descriptor pattern reach through this header. The imperative Program API
// (CreateKernel, SetRuntimeArgs, ...) is not modelled.
#pragma once
#include <tt-metalium/base_types.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/hal.hpp>
#include <tt-metalium/kernel_types.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/program_descriptors.hpp>

namespace tt::tt_metal {
// Named in signatures of shared upstream helpers; no function here makes one.
class Program;
using KernelHandle = std::uint32_t;
}  // namespace tt::tt_metal

// Words of one kernel's arguments, in the order in which its names count them.
#pragma once
#include "op_emulator/program_spec.hpp"

namespace op_emulator {

// Named values, then varargs, for each node the kernel runs on. TT_FATAL for a value that is missing or not declared.
tt::tt_metal::KernelDescriptor::RuntimeArgs runtime_words(
    const tt::tt_metal::experimental::KernelSpec& kernel, const tt::tt_metal::experimental::KernelRunArgs& given,
    const tt::tt_metal::CoreRangeSet& cores);

std::vector<std::uint32_t> common_words(
    const tt::tt_metal::experimental::KernelSpec& kernel, const tt::tt_metal::experimental::KernelRunArgs& given);

// The tensor of each parameter: given for all, nothing else, on this device, and of the declared spec.
void check_tensor_arguments(
    const tt::tt_metal::experimental::ProgramSpec& spec, const tt::tt_metal::experimental::ProgramRunArgs& arguments,
    const tt::tt_metal::distributed::MeshDevice& device);

}  // namespace op_emulator

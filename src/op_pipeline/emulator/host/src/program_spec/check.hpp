#pragma once
#include "op_emulator/program_spec.hpp"

namespace op_emulator {

void check_kernel_spec(
    const tt::tt_metal::experimental::ProgramSpec& spec, const tt::tt_metal::experimental::KernelSpec& kernel);

}  // namespace op_emulator

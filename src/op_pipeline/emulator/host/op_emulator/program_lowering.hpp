// ProgramDescriptor -> ProgramImage, with the checks the real host library makes before anything runs.
#pragma once
#include <tt-metalium/program_descriptors.hpp>

#include "program_image.hpp"

namespace op_emulator {

// TT_FATAL (std::runtime_error) for a descriptor the real library refuses: index, page or core out of range, two
// kernels on one processor, runtime arguments off the kernel's cores, a missing source file, too much L1.
ProgramImage lower_program(
    const tt::tt_metal::ProgramDescriptor& program, tt::tt_metal::distributed::MeshDevice& device, std::string name);

// Sources are looked up as given, then under TT_METAL_HOME and TT_METAL_RUNTIME_ROOT.
std::string find_kernel_source(const std::string& path);

}  // namespace op_emulator

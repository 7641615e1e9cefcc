// ProgramDescriptor -> ProgramImage, with the checks the real host library makes before anything runs.
#pragma once
#include <optional>
#include <vector>

#include <tt-metalium/program_descriptors.hpp>

#include "device.hpp"
#include "op_emulator/program_spec.hpp"
#include "program_image.hpp"

namespace op_emulator {

// A launch as it can run elsewhere: the image (none when lowering was refused) and the buffers of that moment.
struct LoweredLaunch {
    std::optional<ProgramImage> image;
    std::vector<LiveBuffer> live;
};

inline constexpr std::uint32_t kSemaphores = 16;
std::uint32_t semaphore_address(const ChipShape& chip, std::uint32_t id);  // the same on every core

// TT_FATAL (std::runtime_error) for a descriptor the real library refuses: index, page or core out of range, two
// kernels on one processor, runtime arguments off the kernel's cores, a missing source file, too much L1.
// The addresses of scratchpads are written into the arguments of `described`, too.
ProgramImage lower_program(
    DescribedProgram& described, tt::tt_metal::distributed::MeshDevice& device, std::string name);

// Sources are looked up as given, then under TT_METAL_HOME and TT_METAL_RUNTIME_ROOT.
std::string find_kernel_source(const std::string& path);

}  // namespace op_emulator

#pragma once
#include <vector>

#include <tt-metalium/cb_descriptor.hpp>
#include <tt-metalium/mesh_device.hpp>

#include "program_image.hpp"

namespace op_emulator {

// Checks the descriptors and gives each circular buffer its L1 address: one after the other from the base, the same
// on all cores of a buffer. TT_FATAL/TT_THROW for what the real library refuses.
std::vector<CircularBufferImage> lay_out_circular_buffers(
    const std::vector<tt::tt_metal::CBDescriptor>& descriptors, tt::tt_metal::distributed::MeshDevice& device);

}  // namespace op_emulator

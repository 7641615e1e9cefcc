#pragma once
#include <map>
#include <vector>

#include <tt-metalium/cb_descriptor.hpp>
#include <tt-metalium/mesh_device.hpp>

#include "program_image.hpp"

namespace op_emulator {

// Checks the descriptors and gives each circular buffer its L1 address: one after the other from the base, the same
// on all cores of a buffer. TT_FATAL/TT_THROW for what the real library refuses.
using Tops = std::map<CoreXY, std::uint64_t>;  // end of what lies on each core so far

std::vector<CircularBufferImage> lay_out_circular_buffers(
    const std::vector<tt::tt_metal::CBDescriptor>& descriptors, tt::tt_metal::distributed::MeshDevice& device, Tops& tops);

// Address of `bytes` behind everything on these cores. TT_THROW when they do not fit.
std::uint32_t place_in_l1(
    std::uint64_t bytes, const tt::tt_metal::CoreRangeSet& ranges, const std::vector<CoreXY>& cores,
    const tt::tt_metal::distributed::MeshDevice& device, Tops& tops);

}  // namespace op_emulator

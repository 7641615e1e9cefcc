// What ttnn says about meshes of devices; the emulator has one device, at coordinate (0, 0).
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include <tt-metalium/program_descriptors.hpp>

namespace op_emulator::bindings {

struct MeshCoordinate {
    std::vector<std::uint32_t> values;
    friend bool operator==(const MeshCoordinate&, const MeshCoordinate&) = default;
};
struct MeshShape {
    std::vector<std::uint32_t> values;
    friend bool operator==(const MeshShape&, const MeshShape&) = default;
};
struct MeshCoordinateRange {  // both ends included
    MeshCoordinate start, end;
    friend bool operator==(const MeshCoordinateRange&, const MeshCoordinateRange&) = default;
};
struct MeshProgramDescriptor {
    std::vector<std::pair<MeshCoordinateRange, tt::tt_metal::ProgramDescriptor>> programs;
};

}  // namespace op_emulator::bindings

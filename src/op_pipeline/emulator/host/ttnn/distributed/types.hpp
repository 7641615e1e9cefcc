// Places in a mesh of devices. Here a mesh is one device, at (0, 0).
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include <tt-metalium/mesh_device.hpp>

#include "ttnn/types.hpp"

namespace tt::tt_metal::distributed {

class MeshCoordinate {
public:
    explicit MeshCoordinate(std::uint32_t first) : places_{first} {}
    MeshCoordinate(std::uint32_t row, std::uint32_t column) : places_{row, column} {}

    std::size_t dims() const { return places_.size(); }
    std::uint32_t operator[](std::size_t dimension) const { return places_.at(dimension); }
    friend bool operator==(const MeshCoordinate&, const MeshCoordinate&) = default;

private:
    std::vector<std::uint32_t> places_;
};

}  // namespace tt::tt_metal::distributed

namespace ttnn {
using tt::tt_metal::distributed::MeshCoordinate;
using tt::tt_metal::distributed::MeshDevice;
}  // namespace ttnn

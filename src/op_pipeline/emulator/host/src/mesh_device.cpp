#include <tt-metalium/mesh_device.hpp>
#include <tt_stl/assert.hpp>

#include "device.hpp"

namespace tt::tt_metal::distributed {
namespace {

op_emulator::ChipShape shape_with_grid(std::uint32_t grid_x, std::uint32_t grid_y) {
    op_emulator::ChipShape shape;
    shape.grid_x = grid_x;
    shape.grid_y = grid_y;
    return shape;
}

}  // namespace

MeshDevice::MeshDevice(int id, std::uint32_t grid_x, std::uint32_t grid_y) : id_(id) {
    TT_FATAL(
        grid_x >= 1 && grid_y >= 1 && grid_x <= 16 && grid_y <= 16, "a grid of {}x{} cores is not possible", grid_x, grid_y);
    const auto shape = shape_with_grid(grid_x, grid_y);
    chip_ = std::make_unique<op_emulator::Device>(shape);
    allocator_ = std::make_unique<Allocator>(shape);
}

MeshDevice::~MeshDevice() = default;

void MeshDevice::close() { chip_.reset(); }

op_emulator::Device& MeshDevice::chip() const {
    TT_FATAL(chip_ != nullptr, "device {} is closed", id_);
    return *chip_;
}

CoreCoord MeshDevice::compute_with_storage_grid_size() const { return {chip().shape().grid_x, chip().shape().grid_y}; }
CoreCoord MeshDevice::dram_grid_size() const { return {chip().shape().dram_banks, 1}; }
std::uint32_t MeshDevice::num_dram_channels() const { return chip().shape().dram_banks; }
std::uint32_t MeshDevice::l1_size_per_core() const { return chip().shape().l1_size; }

CoreCoord MeshDevice::worker_core_from_logical_core(const CoreCoord& logical) const {
    const CoreCoord grid = compute_with_storage_grid_size();
    TT_FATAL(logical.x < grid.x && logical.y < grid.y, "core {} is outside the worker grid {}", logical, grid);
    return {logical.x + chip().shape().noc_offset, logical.y + chip().shape().noc_offset};
}

CoreCoord MeshDevice::logical_core_from_worker_core(const CoreCoord& virtual_core) const {
    const auto offset = chip().shape().noc_offset;
    TT_FATAL(virtual_core.x >= offset && virtual_core.y >= offset, "{} is not the coordinate of a worker", virtual_core);
    return {virtual_core.x - offset, virtual_core.y - offset};
}

}  // namespace tt::tt_metal::distributed

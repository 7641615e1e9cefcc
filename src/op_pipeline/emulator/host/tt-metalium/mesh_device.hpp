// The device handle of operations: one emulated chip. A mesh of several chips is not modelled.
#pragma once
#include <cstdint>
#include <memory>

#include <tt-metalium/allocator.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace op_emulator {
class Device;
}

namespace tt::tt_metal::distributed {

class MeshDevice : public std::enable_shared_from_this<MeshDevice> {
public:
    MeshDevice(int id, std::uint32_t grid_x, std::uint32_t grid_y);
    ~MeshDevice();
    MeshDevice(const MeshDevice&) = delete;
    MeshDevice& operator=(const MeshDevice&) = delete;

    int id() const { return id_; }
    tt::ARCH arch() const { return tt::ARCH::WORMHOLE_B0; }
    std::size_t num_devices() const { return 1; }
    CoreCoord compute_with_storage_grid_size() const;
    CoreCoord logical_grid_size() const { return compute_with_storage_grid_size(); }
    CoreCoord dram_grid_size() const;
    std::uint32_t num_dram_channels() const;
    std::uint32_t l1_size_per_core() const;
    CoreCoord worker_core_from_logical_core(const CoreCoord& logical) const;  // NOC coordinates
    CoreCoord logical_core_from_worker_core(const CoreCoord& virtual_core) const;
    Allocator* allocator() const { return allocator_.get(); }

    // Emulator side. TT_FATAL once the device is closed.
    op_emulator::Device& chip() const;
    bool is_open() const { return chip_ != nullptr; }
    void close();

private:
    int id_;
    std::unique_ptr<op_emulator::Device> chip_;
    std::unique_ptr<Allocator> allocator_;
};

}  // namespace tt::tt_metal::distributed

namespace tt::tt_metal {
using IDevice = distributed::MeshDevice;
}

// The usual places of a kernel that reads and of one that writes DRAM.
#pragma once
#include <tt-metalium/experimental/metal2_host_api/data_movement_hardware_config.hpp>

namespace ttnn {

// `disable_dfb_implicit_sync_for_all` means nothing on a Wormhole.
inline tt::tt_metal::experimental::DataMovementHardwareConfig create_reader_datamovement_config(
    bool disable_dfb_implicit_sync_for_all = false) {
    using namespace tt::tt_metal::experimental;
    return {
        CreateReader1XXDataMovementConfig(),
        DataMovementHardwareConfig::DataMovement2XXConfig{{}, disable_dfb_implicit_sync_for_all}};
}
inline tt::tt_metal::experimental::DataMovementHardwareConfig create_writer_datamovement_config(
    bool disable_dfb_implicit_sync_for_all = false) {
    using namespace tt::tt_metal::experimental;
    return {
        CreateWriter1XXDataMovementConfig(),
        DataMovementHardwareConfig::DataMovement2XXConfig{{}, disable_dfb_implicit_sync_for_all}};
}

}  // namespace ttnn

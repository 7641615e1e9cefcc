// Processor and NOC of a data movement kernel.
#pragma once
#include <optional>

#include <tt-metalium/experimental/metal2_host_api/dataflow_buffer_spec.hpp>
#include <tt-metalium/kernel_types.hpp>

namespace tt::tt_metal::experimental {

struct DataMovementHardwareConfig {
    struct DataMovement1XXConfig {
        tt::tt_metal::DataMovementProcessor processor;
        tt::tt_metal::NOC noc;
        tt::tt_metal::NOC_MODE noc_mode = tt::tt_metal::NOC_MODE::DM_DEDICATED_NOC;
    };
    std::optional<DataMovement1XXConfig> config_1xx = std::nullopt;  // required on this chip

    struct DataMovement2XXConfig {
        Group<DFBSpecName> disable_dfb_implicit_sync_for;
        bool disable_dfb_implicit_sync_for_all = false;
    };
    std::optional<DataMovement2XXConfig> config_2xx = std::nullopt;
};

inline DataMovementHardwareConfig::DataMovement1XXConfig CreateReader1XXDataMovementConfig() {
    return {DataMovementProcessor::RISCV_1, NOC::NOC_0};
}
inline DataMovementHardwareConfig::DataMovement1XXConfig CreateWriter1XXDataMovementConfig() {
    return {DataMovementProcessor::RISCV_0, NOC::NOC_1};
}

}  // namespace tt::tt_metal::experimental

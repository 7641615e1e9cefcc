// How a user asks for arithmetic settings, and how an operation fills in its own defaults.
#pragma once
#include <optional>
#include <tuple>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/experimental/metal2_host_api/compute_hardware_config.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace ttnn {

struct WormholeComputeKernelConfig {
    tt::tt_metal::MathFidelity math_fidelity = tt::tt_metal::MathFidelity::Invalid;
    bool math_approx_mode = true;
    bool fp32_dest_acc_en = false;
    bool packer_l1_acc = false;
    bool dst_full_sync_en = false;
};
using DeviceComputeKernelConfig = WormholeComputeKernelConfig;
using ComputeKernelConfig = WormholeComputeKernelConfig;

// The user's settings if there are any, with an unset fidelity replaced; else the operation's defaults.
DeviceComputeKernelConfig init_device_compute_kernel_config(
    tt::ARCH arch, const std::optional<const DeviceComputeKernelConfig>& device_kernel_config,
    tt::tt_metal::MathFidelity default_fidelity = tt::tt_metal::MathFidelity::LoFi, bool default_approx_mode = true,
    bool default_fp32_acc = false, bool default_l1_acc = false, bool default_dst_full_sync_en = false);

// (math_fidelity, math_approx_mode, fp32_dest_acc_en, packer_l1_acc, dst_full_sync_en)
std::tuple<tt::tt_metal::MathFidelity, bool, bool, bool, bool> get_compute_kernel_config_args(
    tt::ARCH arch, const DeviceComputeKernelConfig& config);

// Without unpack modes: those belong to the program factory.
tt::tt_metal::experimental::ComputeHardwareConfig to_compute_hardware_config(const ComputeKernelConfig& config);

bool get_fp32_dest_acc_en(const std::optional<DeviceComputeKernelConfig>& config);
tt::tt_metal::MathFidelity get_math_fidelity(const std::optional<DeviceComputeKernelConfig>& config);

}  // namespace ttnn

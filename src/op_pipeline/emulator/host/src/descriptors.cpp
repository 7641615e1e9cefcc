#include <tt-metalium/program_descriptors.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>

#include "ttnn/operations/core/compute_kernel/compute_kernel_config.hpp"

namespace tt::tt_metal {
namespace {

constexpr std::uint32_t kSemaphoresPerCore = 16;

template <typename Range>
std::vector<std::uint32_t> words(const Range& arguments) {
    std::vector<std::uint32_t> values;
    for (const KernelDescriptor::RTArg& argument : arguments) {
        if (const auto* buffer = std::get_if<Buffer*>(&argument)) {
            values.push_back(*buffer ? (*buffer)->address() : 0);
        } else {
            values.push_back(std::get<std::uint32_t>(argument));
        }
    }
    return values;
}

}  // namespace

void KernelDescriptor::emplace_runtime_args(const CoreCoord& core, std::initializer_list<RTArg> arguments) {
    runtime_args.emplace_back(core, words(arguments));
}

void KernelDescriptor::emplace_runtime_args(const CoreCoord& core, const RTArgList& arguments) {
    runtime_args.emplace_back(core, words(arguments));
}

void KernelDescriptor::emplace_common_runtime_args(std::initializer_list<RTArg> arguments) {
    std::ranges::copy(words(arguments), std::back_inserter(common_runtime_args));
}

void KernelDescriptor::emplace_common_runtime_args(const RTArgList& arguments) {
    std::ranges::copy(words(arguments), std::back_inserter(common_runtime_args));
}

std::optional<std::uint32_t> ProgramDescriptor::find_available_semaphore_id(
    const CoreCoord& core, tt::CoreType core_type) const {
    for (std::uint32_t id = 0; id < kSemaphoresPerCore; ++id) {
        const bool taken = std::ranges::any_of(semaphores, [&](const SemaphoreDescriptor& semaphore) {
            return semaphore.id == id && semaphore.core_type == core_type && semaphore.core_ranges.contains(core);
        });
        if (!taken) return id;
    }
    return std::nullopt;
}

}  // namespace tt::tt_metal

namespace ttnn {

using tt::tt_metal::MathFidelity;

DeviceComputeKernelConfig init_device_compute_kernel_config(
    tt::ARCH, const std::optional<const DeviceComputeKernelConfig>& device_kernel_config, MathFidelity default_fidelity,
    bool default_approx_mode, bool default_fp32_acc, bool default_l1_acc, bool default_dst_full_sync_en) {
    if (!device_kernel_config) {
        return {default_fidelity, default_approx_mode, default_fp32_acc, default_l1_acc, default_dst_full_sync_en};
    }
    DeviceComputeKernelConfig config = *device_kernel_config;
    if (config.math_fidelity == MathFidelity::Invalid) config.math_fidelity = default_fidelity;
    return config;
}

std::tuple<MathFidelity, bool, bool, bool, bool> get_compute_kernel_config_args(
    tt::ARCH, const DeviceComputeKernelConfig& config) {
    return {
        config.math_fidelity, config.math_approx_mode, config.fp32_dest_acc_en, config.packer_l1_acc,
        config.dst_full_sync_en};
}

tt::tt_metal::experimental::ComputeHardwareConfig to_compute_hardware_config(const ComputeKernelConfig& config) {
    using tt::tt_metal::Precision;
    return {
        .fpu_math_fidelity = config.math_fidelity,
        .sfpu_precision_mode = config.math_approx_mode ? Precision::Approximate : Precision::Precise,
        .enable_32_bit_dest = config.fp32_dest_acc_en,
        .double_buffer_dest = !config.dst_full_sync_en,
        .unpack_modes = {},
        .config_1xx = std::nullopt,
        .config_2xx = std::nullopt,
    };
}

bool get_fp32_dest_acc_en(const std::optional<DeviceComputeKernelConfig>& config) {
    return config && config->fp32_dest_acc_en;
}

MathFidelity get_math_fidelity(const std::optional<DeviceComputeKernelConfig>& config) {
    return config ? config->math_fidelity : MathFidelity::Invalid;
}

}  // namespace ttnn

// Settings of unpacker, arithmetic and packer for a compute kernel.
#pragma once
#include <optional>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/experimental/metal2_host_api/dataflow_buffer_spec.hpp>

namespace tt::tt_metal::experimental {

struct ComputeHardwareConfig {
    MathFidelity fpu_math_fidelity = MathFidelity::HiFi4;
    Precision sfpu_precision_mode = Precision::Precise;
    bool enable_32_bit_dest = false;
    bool double_buffer_dest = true;

    using ComputeUnpackModes = Table<DFBSpecName, tt::tt_metal::UnpackMode>;
    ComputeUnpackModes unpack_modes;  // of buffers the kernel takes from; UnpackToSrc where none is given

    struct Compute1XXConfig {
        Precision bfp_pack_precision_mode = Precision::Approximate;
        bool enable_trisc2_rvv = false;
    };
    std::optional<Compute1XXConfig> config_1xx = std::nullopt;

    struct Compute2XXConfig {
        bool enable_trisc0_rvv = false;
    };
    std::optional<Compute2XXConfig> config_2xx = std::nullopt;
};

}  // namespace tt::tt_metal::experimental

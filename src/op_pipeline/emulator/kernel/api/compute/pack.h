// DST tiles to the back of a circular buffer.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_api.h"
#include "op_emulator/thread_sync.h"

namespace ckernel {

// What the packer does to each value on its way out; thresholds are bits of a bf16.
struct ReluConfig {
    static constexpr ReluConfig none() { return {op_emulator::compute::PackRelu::None, 0}; }
    static constexpr ReluConfig zero() { return {op_emulator::compute::PackRelu::Zero, 0}; }
    static constexpr ReluConfig min_threshold(uint32_t t) { return {op_emulator::compute::PackRelu::MinThreshold, t}; }
    static constexpr ReluConfig max_threshold(uint32_t t) { return {op_emulator::compute::PackRelu::MaxThreshold, t}; }
    static constexpr ReluConfig from_packed(uint32_t packed) {
        return {static_cast<op_emulator::compute::PackRelu>(packed & 3), packed >> 16};
    }

    op_emulator::compute::PackRelu mode;
    uint32_t threshold;
};

ALWI void pack_init(uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::pack_init(ocb, where);
}

// In order: each call takes the next reserved page; out of order: page `output_tile_index` of them.
template <bool out_of_order_output = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void pack_tile(uint32_t ifrom_dst, uint32_t icb, uint32_t output_tile_index = 0, OP_EMULATOR_HERE) {
    op_emulator::compute::pack_tile(ifrom_dst, icb, output_tile_index, out_of_order_output, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void pack_block(uint32_t ifrom_dst, uint32_t icb, uint32_t ntiles, OP_EMULATOR_HERE) {
    op_emulator::compute::pack_block(ifrom_dst, icb, ntiles, where);
}

ALWI void pack_reconfig_l1_acc(const uint32_t l1_acc_en, OP_EMULATOR_HERE) {
    op_emulator::compute::pack_l1_accumulate(l1_acc_en != 0, where);
}

ALWI void pack_relu_config(const ReluConfig& config, OP_EMULATOR_HERE) {
    op_emulator::compute::pack_relu(config.mode, config.threshold, where);
}

// The packer's halves of the two above, under the names some kernels call them by.
ALWI void llk_pack_reconfig_l1_acc(const uint32_t enable, OP_EMULATOR_HERE) { pack_reconfig_l1_acc(enable, where); }
ALWI void llk_pack_relu_config(const ReluConfig& config, OP_EMULATOR_HERE) { pack_relu_config(config, where); }

}  // namespace ckernel

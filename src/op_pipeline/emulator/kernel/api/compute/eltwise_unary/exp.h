// Exponential. In approximate mode the scale belongs to the init, else to the call.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

enum class InputClamping : uint8_t {
    ClampToNegative = 1,
    None = 0,
};

template <
    bool approx = false, uint32_t scale = 0x3F800000, InputClamping input_clamping = InputClamping::ClampToNegative,
    bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void exp_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(
        op_emulator::SfpuInit::exp_tile_init, approx ? scale : 0x3F800000u, approx, where);
}

template <
    bool approx = false, bool scale_en = false, InputClamping input_clamping = InputClamping::ClampToNegative,
    int iterations = 8, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void exp_tile(
    uint32_t idst, VectorMode vector_mode = VectorMode::RC, uint16_t scale = p_sfpu::kCONST_1_FP16B, OP_EMULATOR_HERE) {
    static_assert(iterations == 8, "the emulator models whole faces only");
    op_emulator::compute::on_tile(
        op_emulator::SfpuOp::exp_tile, idst, where, scale_en ? uint32_t{scale} << 16 : 0x3F800000u, approx, 0,
        op_emulator::compute::faces_of(vector_mode));
}

}  // namespace ckernel

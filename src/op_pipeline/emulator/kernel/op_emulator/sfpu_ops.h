// The operations of the vector unit (SFPU) and the inits they need, by the names kernels call. Shared by kernels and
// runtime: the numbers are the ABI between them. What each computes: runtime/compute/sfpu_table.cpp.
#pragma once
#include <stdint.h>

// X(init, owns): owns = 1 when the init loads constants or macros of the vector unit, so that another such init ends
// its validity; 0 when it only does the general set-up, which every init does.
#define OP_EMULATOR_SFPU_INITS(X) \
    X(exp_tile_init, 1) X(exp2_tile_init, 1) X(expm1_tile_init, 1) X(log_tile_init, 1) X(log_with_base_tile_init, 1) \
    X(log1p_tile_init, 1) X(sqrt_tile_init, 1) X(rsqrt_tile_init, 1) X(recip_tile_init, 1) X(cbrt_tile_init, 1) \
    X(abs_tile_init, 0) X(sign_tile_init, 0) X(negative_tile_init, 0) X(square_tile_init, 0) X(power_tile_init, 1) \
    X(power_iterative_tile_init, 0) X(sigmoid_tile_init, 1) X(silu_tile_init, 1) X(tanh_tile_init, 1) \
    X(heaviside_tile_init, 0) X(unary_max_tile_init, 1) X(unary_min_tile_init, 1) X(unary_max_int32_tile_init, 1) \
    X(unary_max_uint32_tile_init, 1) X(unary_min_int32_tile_init, 1) X(unary_min_uint32_tile_init, 1) \
    X(signbit_tile_init, 1) X(rounding_op_tile_init, 0) X(sin_tile_init, 1) X(cos_tile_init, 1) X(tan_tile_init, 1) \
    X(asin_tile_init, 1) X(acos_tile_init, 1) X(atan_tile_init, 1) X(sinh_tile_init, 1) X(cosh_tile_init, 1) \
    X(acosh_tile_init, 1) X(asinh_tile_init, 1) X(atanh_tile_init, 1) X(erf_tile_init, 1) X(erfc_tile_init, 1) \
    X(erfinv_tile_init, 1) X(gelu_tile_init, 1) X(gelu_tanh_tile_init, 1) X(relu_tile_init, 0) \
    X(relu_max_tile_init, 0) X(relu_min_tile_init, 0) X(leaky_relu_tile_init, 0) X(elu_tile_init, 0) \
    X(selu_tile_init, 0) X(softplus_tile_init, 0) X(prelu_tile_init, 0) X(hardsigmoid_tile_init, 1) \
    X(softsign_tile_init, 1) X(celu_tile_init, 0) X(softshrink_tile_init, 0) X(hardshrink_tile_init, 0) \
    X(hardtanh_tile_init, 0) X(clamp_tile_init, 0) X(threshold_tile_init, 0) X(mish_tile_init, 1) \
    X(hardmish_tile_init, 0) X(xielu_tile_init, 1) X(tanhshrink_tile_init, 1) X(tanh_derivative_tile_init, 1) \
    X(gelu_derivative_tile_init, 1) X(i0_tile_init, 0) X(i1_tile_init, 1) X(identity_tile_init, 0) \
    X(fill_tile_init, 0) X(logical_not_tile_init, 0) X(isinf_tile_init, 0) X(isposinf_tile_init, 0) \
    X(isneginf_tile_init, 0) X(isnan_tile_init, 0) X(isfinite_tile_init, 0) X(eqz_tile_init, 0) X(nez_tile_init, 0) \
    X(ltz_tile_init, 0) X(gtz_tile_init, 0) X(lez_tile_init, 0) X(gez_tile_init, 0) X(unary_eq_tile_init, 0) \
    X(unary_ne_tile_init, 0) X(unary_lt_tile_init, 0) X(unary_gt_tile_init, 0) X(unary_le_tile_init, 0) \
    X(unary_ge_tile_init, 0) X(binop_with_scalar_tile_init, 0) X(rsub_tile_init, 0) X(rsub_unary_int32_tile_init, 0) \
    X(rdiv_tile_init, 1) X(rpow_tile_init, 1) X(fmod_tile_init, 1) X(remainder_tile_init, 1) \
    X(typecast_tile_init, 1) X(mask_tile_init, 0) X(where_tile_init, 1) X(lerp_tile_init, 0) X(addcmul_tile_init, 0) \
    X(addcdiv_tile_init, 1) X(mac_tile_init, 1) X(copy_dest_values_init, 0) X(logsigmoid_tile_init, 0) \
    X(add_binary_tile_init, 0) X(sub_binary_tile_init, 0) X(mul_binary_tile_init, 0) X(div_binary_tile_init, 1) \
    X(rsub_binary_tile_init, 0) X(power_binary_tile_init, 1) X(eq_binary_tile_init, 0) X(ne_binary_tile_init, 0) \
    X(lt_binary_tile_init, 0) X(gt_binary_tile_init, 0) X(le_binary_tile_init, 0) X(ge_binary_tile_init, 0) \
    X(binary_max_tile_init, 1) X(binary_min_tile_init, 1) X(binary_max_int32_tile_init, 1) \
    X(binary_min_int32_tile_init, 1) X(binary_max_uint32_tile_init, 1) X(binary_min_uint32_tile_init, 1) \
    X(atan2_binary_tile_init, 1) X(logaddexp_binary_tile_init, 1) X(logaddexp2_binary_tile_init, 1) \
    X(xlogy_binary_tile_init, 1) X(fmod_binary_tile_init, 1) X(remainder_binary_tile_init, 1) \
    X(add_int_tile_init, 0) X(sub_int_tile_init, 0) X(rsub_int_tile_init, 0) X(mul_int_tile_init, 1) \
    X(eq_int_tile_init, 0) X(ne_int_tile_init, 0) X(lt_int_tile_init, 0) X(gt_int_tile_init, 0) \
    X(le_int_tile_init, 0) X(ge_int_tile_init, 0) \
    X(binary_bitwise_tile_init, 0) X(binary_shift_tile_init, 0) X(nextafter_binary_tile_init, 0) \
    X(nextafter_bf16_binary_tile_init, 0) X(div_int32_tile_init, 1) X(div_int32_floor_tile_init, 1) \
    X(div_int32_trunc_tile_init, 1) X(gcd_tile_init, 1) X(lcm_tile_init, 1) X(isclose_binary_tile_init, 1) \
    X(fmod_int32_tile_init, 1) X(remainder_int32_tile_init, 1) X(remainder_uint32_tile_init, 1) \
    X(remainder_tile_uint32_init, 1) X(quant_tile_init, 1) X(requant_tile_init, 1) X(dequant_tile_init, 1) \
    X(bitwise_and_tile_init, 0) X(bitwise_or_tile_init, 0) X(bitwise_xor_tile_init, 0) X(bitwise_not_tile_init, 0) \
    X(left_shift_tile_init, 0) X(right_shift_tile_init, 0) X(signbit_tile_int32_init, 1) X(digamma_tile_init, 1) \
    X(lgamma_stirling_tile_init, 1) X(lgamma_stirling_float_tile_init, 1) X(lgamma_adjusted_tile_init, 0) \
    X(polygamma_tile_init, 1) X(snake_beta_tile_init, 1) X(rand_tile_init, 0) X(dropout_kernel_init, 0) \
    X(cumsum_tile_init, 1) X(ema_init, 1) X(welford_init, 1) X(topk_tile_init, 1) X(two_pass_stats_init_shifted, 0) X(sfpu_sum_int_init, 0) X(sfpu_bcast_col_init, 1) X(sfpu_bcast_row_init, 0) \
    X(sfpu_normalize_bcast_scalar_init, 0) X(sfpu_reduce_init, 1)

// X(operation, init)
#define OP_EMULATOR_SFPU_OPS(X) \
    X(exp_tile, exp_tile_init) X(exp2_tile, exp2_tile_init) X(expm1_tile, expm1_tile_init) \
    X(log_tile, log_tile_init) X(log_with_base_tile, log_with_base_tile_init) X(log1p_tile, log1p_tile_init) \
    X(sqrt_tile, sqrt_tile_init) X(rsqrt_tile, rsqrt_tile_init) X(recip_tile, recip_tile_init) \
    X(cbrt_tile, cbrt_tile_init) X(abs_tile, abs_tile_init) X(abs_tile_int32, abs_tile_init) \
    X(sign_tile, sign_tile_init) X(negative_tile, negative_tile_init) X(negative_tile_int32, negative_tile_init) \
    X(square_tile, square_tile_init) X(power_tile, power_tile_init) \
    X(power_iterative_tile, power_iterative_tile_init) X(sigmoid_tile, sigmoid_tile_init) \
    X(silu_tile, silu_tile_init) X(tanh_tile, tanh_tile_init) X(heaviside_tile, heaviside_tile_init) \
    X(unary_max_tile, unary_max_tile_init) X(unary_min_tile, unary_min_tile_init) \
    X(unary_max_int32_tile, unary_max_int32_tile_init) X(unary_max_uint32_tile, unary_max_uint32_tile_init) \
    X(unary_min_int32_tile, unary_min_int32_tile_init) X(unary_min_uint32_tile, unary_min_uint32_tile_init) \
    X(signbit_tile, signbit_tile_init) X(floor_tile, rounding_op_tile_init) X(ceil_tile, rounding_op_tile_init) \
    X(trunc_tile, rounding_op_tile_init) X(round_tile, rounding_op_tile_init) X(frac_tile, rounding_op_tile_init) \
    X(sin_tile, sin_tile_init) X(cos_tile, cos_tile_init) X(tan_tile, tan_tile_init) X(asin_tile, asin_tile_init) \
    X(acos_tile, acos_tile_init) X(atan_tile, atan_tile_init) X(sinh_tile, sinh_tile_init) \
    X(cosh_tile, cosh_tile_init) X(acosh_tile, acosh_tile_init) X(asinh_tile, asinh_tile_init) \
    X(atanh_tile, atanh_tile_init) X(erf_tile, erf_tile_init) X(erfc_tile, erfc_tile_init) \
    X(erfinv_tile, erfinv_tile_init) X(gelu_tile, gelu_tile_init) X(gelu_tanh_tile, gelu_tanh_tile_init) \
    X(relu_tile, relu_tile_init) X(relu_tile_int32, relu_tile_init) X(relu_max_tile, relu_max_tile_init) \
    X(relu_min_tile, relu_min_tile_init) X(leaky_relu_tile, leaky_relu_tile_init) X(elu_tile, elu_tile_init) \
    X(selu_tile, selu_tile_init) X(softplus_tile, softplus_tile_init) X(prelu_tile, prelu_tile_init) \
    X(hardsigmoid_tile, hardsigmoid_tile_init) X(softsign_tile, softsign_tile_init) X(celu_tile, celu_tile_init) \
    X(softshrink_tile, softshrink_tile_init) X(hardshrink_tile, hardshrink_tile_init) \
    X(hardtanh_tile, hardtanh_tile_init) X(clamp_tile, clamp_tile_init) X(clamp_tile_int32, clamp_tile_init) \
    X(threshold_tile, threshold_tile_init) X(mish_tile, mish_tile_init) X(hardmish_tile, hardmish_tile_init) \
    X(xielu_tile, xielu_tile_init) X(tanhshrink_tile, tanhshrink_tile_init) \
    X(tanh_derivative_tile, tanh_derivative_tile_init) X(gelu_derivative_tile, gelu_derivative_tile_init) \
    X(i0_tile, i0_tile_init) X(i1_tile, i1_tile_init) X(identity_tile, identity_tile_init) \
    X(fill_tile, fill_tile_init) X(fill_tile_bitcast, fill_tile_init) X(fill_tile_int, fill_tile_init) \
    X(logical_not_tile, logical_not_tile_init) X(isinf_tile, isinf_tile_init) X(isposinf_tile, isposinf_tile_init) \
    X(isneginf_tile, isneginf_tile_init) X(isnan_tile, isnan_tile_init) X(isfinite_tile, isfinite_tile_init) \
    X(eqz_tile, eqz_tile_init) X(eqz_tile_int32, eqz_tile_init) X(nez_tile, nez_tile_init) \
    X(nez_tile_int32, nez_tile_init) X(ltz_tile, ltz_tile_init) X(ltz_tile_int32, ltz_tile_init) \
    X(gtz_tile, gtz_tile_init) X(gtz_tile_int32, gtz_tile_init) X(lez_tile, lez_tile_init) \
    X(lez_tile_int32, lez_tile_init) X(gez_tile, gez_tile_init) X(gez_tile_int32, gez_tile_init) \
    X(unary_eq_tile, unary_eq_tile_init) X(unary_eq_tile_int32, unary_eq_tile_init) \
    X(unary_ne_tile, unary_ne_tile_init) X(unary_ne_tile_int32, unary_ne_tile_init) \
    X(unary_lt_tile, unary_lt_tile_init) X(unary_lt_tile_int32, unary_lt_tile_init) \
    X(unary_gt_tile, unary_gt_tile_init) X(unary_gt_tile_int32, unary_gt_tile_init) \
    X(unary_le_tile, unary_le_tile_init) X(unary_le_tile_int32, unary_le_tile_init) \
    X(unary_ge_tile, unary_ge_tile_init) X(unary_ge_tile_int32, unary_ge_tile_init) \
    X(add_unary_tile, binop_with_scalar_tile_init) X(sub_unary_tile, binop_with_scalar_tile_init) \
    X(mul_unary_tile, binop_with_scalar_tile_init) X(div_unary_tile, binop_with_scalar_tile_init) \
    X(rsub_unary_tile, binop_with_scalar_tile_init) X(add_unary_tile_int32, binop_with_scalar_tile_init) \
    X(sub_unary_tile_int32, binop_with_scalar_tile_init) X(rsub_tile, rsub_tile_init) \
    X(rsub_unary_int32_tile, rsub_unary_int32_tile_init) X(rdiv_tile, rdiv_tile_init) X(rpow_tile, rpow_tile_init) \
    X(fmod_tile, fmod_tile_init) X(remainder_tile, remainder_tile_init) X(typecast_tile, typecast_tile_init) \
    X(mask_tile, mask_tile_init) X(mask_posinf_tile, mask_tile_init) X(where_tile, where_tile_init) \
    X(lerp_tile, lerp_tile_init) X(addcmul_tile, addcmul_tile_init) X(addcdiv_tile, addcdiv_tile_init) \
    X(mac_tile, mac_tile_init) X(copy_dest_values, copy_dest_values_init) X(logsigmoid_tile, logsigmoid_tile_init) \
    X(add_binary_tile, add_binary_tile_init) X(sub_binary_tile, sub_binary_tile_init) \
    X(mul_binary_tile, mul_binary_tile_init) X(div_binary_tile, div_binary_tile_init) \
    X(rsub_binary_tile, rsub_binary_tile_init) X(power_binary_tile, power_binary_tile_init) \
    X(eq_binary_tile, eq_binary_tile_init) X(ne_binary_tile, ne_binary_tile_init) \
    X(lt_binary_tile, lt_binary_tile_init) X(gt_binary_tile, gt_binary_tile_init) \
    X(le_binary_tile, le_binary_tile_init) X(ge_binary_tile, ge_binary_tile_init) \
    X(binary_max_tile, binary_max_tile_init) X(binary_min_tile, binary_min_tile_init) \
    X(binary_max_int32_tile, binary_max_int32_tile_init) X(binary_min_int32_tile, binary_min_int32_tile_init) \
    X(binary_max_uint32_tile, binary_max_uint32_tile_init) X(binary_min_uint32_tile, binary_min_uint32_tile_init) \
    X(atan2_binary_tile, atan2_binary_tile_init) X(logaddexp_binary_tile, logaddexp_binary_tile_init) \
    X(logaddexp2_binary_tile, logaddexp2_binary_tile_init) X(xlogy_binary_tile, xlogy_binary_tile_init) \
    X(fmod_binary_tile, fmod_binary_tile_init) X(remainder_binary_tile, remainder_binary_tile_init) \
    X(add_int_tile, add_int_tile_init) X(sub_int_tile, sub_int_tile_init) X(rsub_int_tile, rsub_int_tile_init) \
    X(mul_int_tile, mul_int_tile_init) X(eq_int_tile, eq_int_tile_init) X(ne_int_tile, ne_int_tile_init) \
    X(lt_int_tile, lt_int_tile_init) X(gt_int_tile, gt_int_tile_init) X(le_int_tile, le_int_tile_init) \
    X(ge_int_tile, ge_int_tile_init) \
    X(bitwise_and_binary_tile, binary_bitwise_tile_init) X(bitwise_or_binary_tile, binary_bitwise_tile_init) \
    X(bitwise_xor_binary_tile, binary_bitwise_tile_init) X(binary_left_shift_tile, binary_shift_tile_init) \
    X(binary_right_shift_tile, binary_shift_tile_init) X(binary_logical_right_shift_tile, binary_shift_tile_init) \
    X(nextafter_binary_tile, nextafter_binary_tile_init) \
    X(nextafter_bf16_binary_tile, nextafter_bf16_binary_tile_init) X(div_int32_tile, div_int32_tile_init) \
    X(div_int32_floor_tile, div_int32_floor_tile_init) X(div_int32_trunc_tile, div_int32_trunc_tile_init) \
    X(gcd_tile, gcd_tile_init) X(lcm_tile, lcm_tile_init) X(isclose_binary_tile, isclose_binary_tile_init) \
    X(fmod_int32_tile, fmod_int32_tile_init) X(remainder_int32_tile, remainder_int32_tile_init) \
    X(remainder_uint32_tile, remainder_uint32_tile_init) X(remainder_tile_uint32, remainder_tile_uint32_init) \
    X(quant_tile, quant_tile_init) X(requant_tile, requant_tile_init) X(dequant_tile, dequant_tile_init) \
    X(bitwise_and_tile, bitwise_and_tile_init) X(bitwise_or_tile, bitwise_or_tile_init) \
    X(bitwise_xor_tile, bitwise_xor_tile_init) X(bitwise_not_tile, bitwise_not_tile_init) \
    X(left_shift_tile, left_shift_tile_init) X(right_shift_tile, right_shift_tile_init) \
    X(signbit_tile_int32, signbit_tile_int32_init) X(eqz_tile_uint16, eqz_tile_init) \
    X(eqz_tile_uint32, eqz_tile_init) X(nez_tile_uint16, nez_tile_init) X(nez_tile_uint32, nez_tile_init) \
    X(relu_max_tile_int32, relu_max_tile_init) X(relu_max_tile_uint32, relu_max_tile_init) \
    X(relu_max_tile_uint16, relu_max_tile_init) X(relu_min_tile_int32, relu_min_tile_init) \
    X(relu_min_tile_uint32, relu_min_tile_init) X(relu_min_tile_uint16, relu_min_tile_init) \
    X(digamma_tile, digamma_tile_init) X(lgamma_stirling_tile, lgamma_stirling_tile_init) \
    X(lgamma_stirling_float_tile, lgamma_stirling_float_tile_init) X(lgamma_adjusted_tile, lgamma_adjusted_tile_init) \
    X(polygamma_tile, polygamma_tile_init) X(snake_beta_tile, snake_beta_tile_init) X(rand_tile, rand_tile_init) \
    X(dropout_tile, dropout_kernel_init) X(cumsum_tile, cumsum_tile_init) X(ema_tile, ema_init) X(welford_update, welford_init) X(topk_sort, topk_tile_init) \
    X(two_pass_stats, two_pass_stats_init_shifted) \
    X(sfpu_sum_int_col, sfpu_sum_int_init) X(sfpu_sum_int_row, sfpu_sum_int_init) X(sfpu_add_int, sfpu_sum_int_init) \
    X(sfpu_add_bcast_col, sfpu_bcast_col_init) X(sfpu_sub_bcast_col, sfpu_bcast_col_init) \
    X(sfpu_mul_bcast_col, sfpu_bcast_col_init) X(sfpu_normalize_bcast_col, sfpu_bcast_col_init) \
    X(sfpu_residual_normalize_bcast_col, sfpu_bcast_col_init) X(sfpu_add_bcast_row, sfpu_bcast_row_init) \
    X(sfpu_sub_bcast_row, sfpu_bcast_row_init) X(sfpu_mul_bcast_row, sfpu_bcast_row_init) \
    X(sfpu_normalize_bcast_scalar, sfpu_normalize_bcast_scalar_init) X(sfpu_reduce, sfpu_reduce_init) \
   

namespace op_emulator {

#define OP_EMULATOR_X(name, owns) name,
enum class SfpuInit : uint16_t { OP_EMULATOR_SFPU_INITS(OP_EMULATOR_X) count };
#undef OP_EMULATOR_X

#define OP_EMULATOR_X(name, init) name,
enum class SfpuOp : uint16_t { OP_EMULATOR_SFPU_OPS(OP_EMULATOR_X) count };
#undef OP_EMULATOR_X

}  // namespace op_emulator

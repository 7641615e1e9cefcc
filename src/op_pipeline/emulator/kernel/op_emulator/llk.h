// The few names below the compute API that real kernels call. Each acts as the part of the API function that it is;
// instructions of the processor are known in the combinations that have an equivalent there, others fail by name.
#pragma once
#include "api/compute/common_globals.h"
#include "compute_api.h"

namespace ckernel {

enum class p_dim_stride_target : uint8_t { IGNORE, FACE_ROW_MAJOR };
enum class PackMode : uint8_t { Default, Untilize };

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE, p_dim_stride_target target = p_dim_stride_target::IGNORE>
ALWI void llk_unpack_reconfig_data_format_srca(uint32_t old_operand, uint32_t new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca_from(old_operand, new_operand, where);
}

// The format is one setting here, made by the unpacker's half above.
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void llk_math_reconfig_data_format_srca(uint32_t old_operand, uint32_t new_operand) {}

template <PoolType type, ReduceDim dim>
ALWI void llk_unpack_AB_reduce_init(uint32_t operand_a, uint32_t operand_b) {}

template <PoolType type, ReduceDim dim, bool is_fp32_dest_acc_en, MathFidelity fidelity>
ALWI void llk_math_reduce_init(uint32_t operand_a, uint32_t operand_b, OP_EMULATOR_HERE) {
    static_assert(type != PoolType::MIN, "the matrix unit has no minimum");
    op_emulator::compute::reduce_math_init(
        static_cast<op_emulator::compute::Pool>(type), static_cast<op_emulator::compute::ReduceDim>(dim), operand_a,
        operand_b, where);
}

template <ReduceDim dim, PackMode mode = PackMode::Default>
ALWI void llk_pack_reduce_mask_config(uint32_t output, OP_EMULATOR_HERE) {
    static_assert(mode == PackMode::Default, "the emulator masks reductions in tiles only");
    op_emulator::compute::reduce_mask(static_cast<op_emulator::compute::ReduceDim>(dim), output, where);
}

ALWI void llk_pack_reduce_mask_clear(OP_EMULATOR_HERE) { op_emulator::compute::reduce_uninit(where); }

// A broadcast's init in two halves; the maths' one stands for both.
template <EltwiseBinaryType type, BroadcastType broadcast, MathFidelity fidelity>
ALWI void llk_math_eltwise_binary_init(
    uint32_t operand_a, uint32_t operand_b, uint32_t accumulate = 0, OP_EMULATOR_HERE) {
    static_assert(
        type == EltwiseBinaryType::ELWADD || type == EltwiseBinaryType::ELWSUB || type == EltwiseBinaryType::ELWMUL);
    using Binary = op_emulator::compute::Binary;
    constexpr Binary operation = type == EltwiseBinaryType::ELWADD   ? Binary::Add
                                 : type == EltwiseBinaryType::ELWSUB ? Binary::Sub
                                                                     : Binary::Mul;
    op_emulator::compute::binary_init(
        operation, static_cast<op_emulator::compute::Broadcast>(broadcast), operand_a, operand_b, accumulate != 0, true,
        "llk_math_eltwise_binary_init", where);
}

template <BroadcastType broadcast>
ALWI void llk_unpack_AB_init(uint32_t operand_a, uint32_t operand_b) {}

}  // namespace ckernel

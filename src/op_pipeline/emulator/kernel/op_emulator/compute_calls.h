// Shorthands of the compute headers: one call of the vector unit, described.
#pragma once
#include "api/compute/common_globals.h"
#include "compute_api.h"

namespace op_emulator::compute {

// Faces an operation works on: all, the upper two, the left two, the first.
constexpr uint32_t faces_of(ckernel::VectorMode mode) {
    switch (mode) {
        case ckernel::VectorMode::R: return 0b0011;
        case ckernel::VectorMode::C: return 0b0101;
        case ckernel::VectorMode::None: return 0b0001;
        default: return kAllFaces;
    }
}

ALWI void on_tile(
    SfpuOp op, uint32_t dst, Where where, uint32_t value0 = 0, uint32_t value1 = 0, uint32_t value2 = 0,
    uint32_t faces = kAllFaces) {
    sfpu(
        op,
        {{dst, 0, 0, 0}, dst, {value0, value1, value2}, faces, DataFormat::Float32, DataFormat::Float32, false, false},
        where);
}

// The same on the packer's thread, between tile_regs_wait and pack_tile.
ALWI void on_packed_tile(
    SfpuOp op, uint32_t dst, Where where, uint32_t value0 = 0, uint32_t value1 = 0, uint32_t value2 = 0,
    uint32_t faces = kAllFaces) {
    sfpu(
        op,
        {{dst, 0, 0, 0}, dst, {value0, value1, value2}, faces, DataFormat::Float32, DataFormat::Float32, false, true},
        where);
}

ALWI void on_integers(
    SfpuOp op, DataFormat format, uint32_t dst, Where where, uint32_t value0 = 0, uint32_t value1 = 0) {
    sfpu(op, {{dst, 0, 0, 0}, dst, {value0, value1, 0}, kAllFaces, format, format, false, false}, where);
}

ALWI void on_pair(
    SfpuOp op, uint32_t a, uint32_t b, uint32_t out, Where where, bool nearest = false, uint32_t faces = kAllFaces) {
    sfpu(op, {{a, b, 0, 0}, out, {}, faces, DataFormat::Float32, DataFormat::Float32, nearest, false}, where);
}

ALWI void on_integer_pair(SfpuOp op, DataFormat format, uint32_t a, uint32_t b, uint32_t out, Where where) {
    sfpu(op, {{a, b, 0, 0}, out, {}, kAllFaces, format, format, false, false}, where);
}

ALWI void on_triple(
    SfpuOp op, DataFormat format, uint32_t a, uint32_t b, uint32_t c, uint32_t out, Where where, uint32_t value = 0) {
    sfpu(op, {{a, b, c, 0}, out, {value, 0, 0}, kAllFaces, format, format, false, false}, where);
}

// Operands of one type, result of another: quantization, integer division.
ALWI void on_scaled(
    SfpuOp op, DataFormat format, DataFormat to, uint32_t a, uint32_t b, uint32_t out, Where where,
    uint32_t value1 = 0) {
    sfpu(op, {{a, b, 0, 0}, out, {0, value1, 0}, kAllFaces, format, to, false, false}, where);
}

// Floats, up to four operands and three parameters.
ALWI void on_floats(
    SfpuOp op, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t out, Where where, uint32_t value0 = 0,
    uint32_t value1 = 0, uint32_t value2 = 0) {
    sfpu(
        op,
        {{a, b, c, d}, out, {value0, value1, value2}, kAllFaces, DataFormat::Float32, DataFormat::Float32, false, false},
        where);
}

ALWI void on_copy(uint32_t in, uint32_t out, Where where) {
    sfpu(
        SfpuOp::copy_dest_values,
        {{in, 0, 0, 0}, out, {}, kAllFaces, DataFormat::Float32, DataFormat::Float32, false, false}, where);
}

constexpr bool can_cast(DataFormat format) {
    return format == DataFormat::Float32 || format == DataFormat::Float16_b || format == DataFormat::Bfp8_b ||
           format == DataFormat::Bfp4_b || format == DataFormat::Int32 || format == DataFormat::UInt32 ||
           format == DataFormat::UInt16 || format == DataFormat::UInt8 || format == DataFormat::Int8;
}

template <DataFormat from, DataFormat to>
ALWI void on_typecast(uint32_t dst, Where where) {
    static_assert(can_cast(from) && can_cast(to), "typecast_tile: the emulator does not model this format");
    sfpu(SfpuOp::typecast_tile, {{dst, 0, 0, 0}, dst, {}, kAllFaces, from, to, false, false}, where);
}

}  // namespace op_emulator::compute

// What the operations of the matrix unit share: their inits, and tiles on the way into source registers and DST.
#pragma once
#include "config.hpp"
#include "formats.hpp"

namespace op_emulator::compute {

using Values = std::array<float, kTileElements>;

// Faults when the last init of the matrix unit is not the one `what` needs.
void require_init(const ComputeState& state, bool matches, const char* what, const std::string& needed, Where where);
void set_init(ComputeState& state, const FpuInit& init);

// How much of an fp32 datum reaches a source register: 10 bits of mantissa with a 32-bit DST, 7 without.
FloatPath source_path(const ComputeState& state);
// A tile as a source register of the matrix unit holds it; faults for integers and for UnpackToDestFp32.
void load_source(ComputeState& state, std::uint32_t cb, std::uint32_t tile, const char* what, Where where, Values& out);
// One tile to DST, integers bit for bit; `page` is a tile of the buffer's shape.
void move_to_dst(
    ComputeState& state, std::uint32_t cb, const std::byte* page, DstTile& out, const char* what, Where where);
// Page `tile` from the front, checked to hold a tile.
const std::byte* input_page(std::uint32_t cb, std::uint32_t tile, const CbInfo& info, const char* what, Where where);
// Fault "dst_format" unless the tile holds floats or nothing.
void require_float(const DstTile& tile, std::uint32_t dst, const char* what, Where where);
// Fault "uninit_missing" while the unpacker still rearranges data for tilize or untilize.
void require_plain_unpacker(const ComputeState& state, const char* what, Where where);

// In place: rows become columns, in the order of faces. Within: each face; faces: the two off the diagonal change places.
void transpose(float* tile, bool within, bool faces);

// Bytes of a buffer that need not be whole pages; faults as the pages they touch would.
const std::byte* front_bytes(std::uint32_t cb, std::size_t offset, std::size_t bytes, const char* what, Where where);
std::byte* back_bytes(std::uint32_t cb, std::size_t offset, std::size_t bytes, const char* what, Where where);

// pack.cpp: one tile as the packer writes it (ReLU, accumulation, reduce mask), to a page of this format.
void pack_page(
    ComputeState& state, const DstTile& tile, const CbInfo& info, std::byte* page, const char* what, Where where);
// pack.cpp: a tile of the section the packer works on.
const DstTile& packable_tile(ComputeState& state, std::uint32_t dst, const char* what, Where where);
// pack.cpp: is datum `i` part of a reduction's result? Everything else the packer's edge masks make zero.
bool in_reduction(ReduceDim dim, std::size_t i);

}  // namespace op_emulator::compute

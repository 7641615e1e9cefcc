// What the host declared about this core's circular buffers, as constants: kernels use them in constant expressions.
#pragma once
#include <array>

#include "abi.h"
#include "macros.h"

namespace op_emulator {

struct DeclaredBuffer {
    uint32_t index;
    uint32_t format;
    uint32_t page_size;
    uint32_t tile_height, tile_width;
};

#ifdef OP_EMULATOR_CIRCULAR_BUFFERS
constexpr DeclaredBuffer kDeclaredBuffers[] = {OP_EMULATOR_CIRCULAR_BUFFERS};
#else
constexpr DeclaredBuffer kDeclaredBuffers[] = {{0xFFFFFFFF, 255, 0, 0, 0}};
#endif

// In a constant expression an unknown buffer is a compile error, elsewhere the fault "cb_undeclared".
constexpr const DeclaredBuffer& declared_buffer(uint32_t cb, Where where) {
    for (const DeclaredBuffer& buffer : kDeclaredBuffers) {
        if (buffer.index == cb) {
            return buffer;
        }
    }
    abi::cb_not_declared(cb, where);
}

// Bytes of one tile in this buffer's format: block formats carry one shared exponent byte per 16 elements.
constexpr uint32_t declared_tile_bytes(uint32_t cb, Where where) {
    const DeclaredBuffer& buffer = declared_buffer(cb, where);
    const uint32_t full = tile_bytes(static_cast<DataFormat>(buffer.format));
    const uint32_t elements = buffer.tile_height * buffer.tile_width;
    return full / kTileElements * elements + full % kTileElements * elements / kTileElements;
}

// One byte of each buffer by index; `otherwise` where the host declared none.
template <uint32_t DeclaredBuffer::* field>
constexpr std::array<unsigned char, 32> declared_bytes(unsigned char otherwise) {
    std::array<unsigned char, 32> bytes{};
    for (unsigned char& byte : bytes) byte = otherwise;
    for (const DeclaredBuffer& buffer : kDeclaredBuffers) {
        if (buffer.index < bytes.size()) bytes[buffer.index] = static_cast<unsigned char>(buffer.*field);
    }
    return bytes;
}

}  // namespace op_emulator

#if defined(COMPILE_FOR_TRISC)
// What the device's build generates for unpacker and packer: format in L1 and size of a tile, by buffer.
constexpr auto unpack_src_format = op_emulator::declared_bytes<&op_emulator::DeclaredBuffer::format>(255);
constexpr auto pack_dst_format = unpack_src_format;
constexpr auto unpack_tile_r_dim = op_emulator::declared_bytes<&op_emulator::DeclaredBuffer::tile_height>(32);
constexpr auto unpack_tile_c_dim = op_emulator::declared_bytes<&op_emulator::DeclaredBuffer::tile_width>(32);
constexpr auto pack_tile_r_dim = unpack_tile_r_dim;
constexpr auto pack_tile_c_dim = unpack_tile_c_dim;
#endif

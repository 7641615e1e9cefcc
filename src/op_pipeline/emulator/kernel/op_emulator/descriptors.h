// What the host declared about this core's circular buffers, as constants: kernels use them in constant expressions.
#pragma once
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

}  // namespace op_emulator

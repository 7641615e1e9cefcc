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

// One value of each buffer by index; `otherwise` where the host declared none.
template <typename T, typename Value>
constexpr std::array<T, 32> declared_values(T otherwise, Value value) {
    std::array<T, 32> values{};
    for (T& each : values) each = otherwise;
    for (const DeclaredBuffer& buffer : kDeclaredBuffers) {
        if (buffer.index < values.size()) values[buffer.index] = static_cast<T>(value(buffer));
    }
    return values;
}
template <uint32_t DeclaredBuffer::* field>
constexpr std::array<unsigned char, 32> declared_bytes(unsigned char otherwise) {
    return declared_values(otherwise, [](const DeclaredBuffer& buffer) { return buffer.*field; });
}

}  // namespace op_emulator

// What the device's build generates for every kernel: formats, and the geometry of a tile, by buffer. A face has 16
// columns and up to 16 rows.
constexpr auto unpack_src_format = op_emulator::declared_bytes<&op_emulator::DeclaredBuffer::format>(255);
constexpr auto unpack_dst_format = unpack_src_format;
constexpr auto unpack_tile_r_dim = op_emulator::declared_bytes<&op_emulator::DeclaredBuffer::tile_height>(32);
constexpr auto unpack_tile_c_dim = op_emulator::declared_bytes<&op_emulator::DeclaredBuffer::tile_width>(32);
constexpr auto unpack_tile_face_r_dim = op_emulator::declared_values<uint8_t>(
    16, [](const auto& buffer) { return buffer.tile_height < 16 ? buffer.tile_height : 16; });
constexpr auto unpack_tile_num_faces = op_emulator::declared_values<uint8_t>(
    4, [](const auto& buffer) { return (buffer.tile_height + 15) / 16 * ((buffer.tile_width + 15) / 16); });
constexpr auto unpack_partial_face =
    op_emulator::declared_values<uint8_t>(0, [](const auto& buffer) { return buffer.tile_height < 16; });
constexpr auto unpack_narrow_tile =
    op_emulator::declared_values<uint8_t>(0, [](const auto& buffer) { return buffer.tile_width < 32; });
constexpr auto unpack_tile_size = op_emulator::declared_values<uint16_t>(
    0, [](const auto& buffer) { return op_emulator::declared_tile_bytes(buffer.index, op_emulator::Where{}); });
constexpr auto pack_src_format = unpack_src_format;
constexpr auto pack_dst_format = unpack_src_format;
constexpr auto pack_tile_r_dim = unpack_tile_r_dim;
constexpr auto pack_tile_c_dim = unpack_tile_c_dim;
constexpr auto pack_tile_face_r_dim = unpack_tile_face_r_dim;
constexpr auto pack_tile_num_faces = unpack_tile_num_faces;
constexpr auto pack_partial_face = unpack_partial_face;
constexpr auto pack_narrow_tile = unpack_narrow_tile;
constexpr auto pack_tile_size = unpack_tile_size;

// Number formats of circular buffers and chip architectures.
#pragma once
#include <cstdint>
#include <string_view>

namespace tt {

// The numbers go into kernels and descriptors; op_emulator::DataFormat has the same for those that are modelled.
enum class DataFormat : std::uint8_t {
    Float32 = 0,
    Float16 = 1,
    Bfp8 = 2,
    Bfp4 = 3,
    Tf32 = 4,
    Float16_b = 5,
    Bfp8_b = 6,
    Bfp4_b = 7,
    Int32 = 8,
    UInt16 = 9,
    Lf8 = 10,
    Bfp2 = 11,
    Int8 = 14,
    Bfp2_b = 15,
    UInt32 = 24,
    Fp8_e4m3 = 26,
    UInt8 = 30,
    RawUInt8 = 0xf0,
    RawUInt16 = 0xf1,
    RawUInt32 = 0xf2,
    Invalid = 0xff,
};

enum class ARCH { GRAYSKULL = 1, WORMHOLE_B0 = 2, BLACKHOLE = 3, QUASAR = 4, Invalid = 0xff };

// Where a kernel, a semaphore or a coordinate lives.
enum class CoreType {
    ARC, DRAM, ACTIVE_ETH, IDLE_ETH, PCIE, TENSIX, ROUTER_ONLY, SECURITY, L2CPU, DISPATCH, HARVESTED, ETH, WORKER,
    COUNT, UNSPECIFIED,
};

std::string_view format_as(DataFormat value);
std::string_view format_as(ARCH value);

// Bytes of one element. TT_THROW for block formats, whose elements share an exponent.
std::uint32_t datum_size(DataFormat format);
// Bytes of a 32x32 tile. TT_THROW for Invalid.
std::uint32_t tile_size(DataFormat format);
bool is_block_float(DataFormat format);

}  // namespace tt

namespace tt::tt_metal {
using tt::tile_size;  // operations call it from this namespace without ADL in a few places
}

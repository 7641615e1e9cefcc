// Names, numbers and sizes of the enumerations.
#include <tt-metalium/base_types.hpp>
#include <tt-metalium/hal.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>
#include <tt_stl/assert.hpp>

#include "device.hpp"
#include "ttnn/tensor/types.hpp"

namespace tt {

std::string_view format_as(DataFormat value) {
    switch (value) {
        case DataFormat::Float32: return "Float32";
        case DataFormat::Float16: return "Float16";
        case DataFormat::Bfp8: return "Bfp8";
        case DataFormat::Bfp4: return "Bfp4";
        case DataFormat::Tf32: return "Tf32";
        case DataFormat::Float16_b: return "Float16_b";
        case DataFormat::Bfp8_b: return "Bfp8_b";
        case DataFormat::Bfp4_b: return "Bfp4_b";
        case DataFormat::Int32: return "Int32";
        case DataFormat::UInt16: return "UInt16";
        case DataFormat::Lf8: return "Lf8";
        case DataFormat::Bfp2: return "Bfp2";
        case DataFormat::Int8: return "Int8";
        case DataFormat::Bfp2_b: return "Bfp2_b";
        case DataFormat::UInt32: return "UInt32";
        case DataFormat::Fp8_e4m3: return "Fp8_e4m3";
        case DataFormat::UInt8: return "UInt8";
        case DataFormat::RawUInt8: return "RawUInt8";
        case DataFormat::RawUInt16: return "RawUInt16";
        case DataFormat::RawUInt32: return "RawUInt32";
        case DataFormat::Invalid: return "Invalid";
    }
    return "unknown";
}

std::string_view format_as(ARCH value) { return value == ARCH::WORMHOLE_B0 ? "wormhole_b0" : "unknown"; }

bool is_block_float(DataFormat format) {
    switch (format) {
        case DataFormat::Bfp8:
        case DataFormat::Bfp4:
        case DataFormat::Bfp2:
        case DataFormat::Bfp8_b:
        case DataFormat::Bfp4_b:
        case DataFormat::Bfp2_b: return true;
        default: return false;
    }
}

std::uint32_t datum_size(DataFormat format) {
    switch (format) {
        case DataFormat::Float32:
        case DataFormat::Tf32:
        case DataFormat::Int32:
        case DataFormat::UInt32:
        case DataFormat::RawUInt32: return 4;
        case DataFormat::Float16:
        case DataFormat::Float16_b:
        case DataFormat::UInt16:
        case DataFormat::RawUInt16: return 2;
        case DataFormat::UInt8:
        case DataFormat::Int8:
        case DataFormat::Lf8:
        case DataFormat::Fp8_e4m3:
        case DataFormat::RawUInt8: return 1;
        default: TT_THROW("the elements of format {} have no size of their own", format);
    }
}

std::uint32_t tile_size(DataFormat format) {
    TT_FATAL(format != DataFormat::Invalid, "format Invalid has no tile size");
    constexpr std::uint32_t elements = 1024, exponents = elements / 16;
    switch (format) {
        case DataFormat::Bfp8:
        case DataFormat::Bfp8_b: return elements + exponents;
        case DataFormat::Bfp4:
        case DataFormat::Bfp4_b: return elements / 2 + exponents;
        case DataFormat::Bfp2:
        case DataFormat::Bfp2_b: return elements / 4 + exponents;
        default: return elements * datum_size(format);
    }
}

}  // namespace tt

namespace tt::tt_metal {

std::string_view format_as(MathFidelity value) {
    switch (value) {
        case MathFidelity::LoFi: return "LoFi";
        case MathFidelity::HiFi2: return "HiFi2";
        case MathFidelity::HiFi3: return "HiFi3";
        case MathFidelity::HiFi4: return "HiFi4";
        case MathFidelity::Invalid: return "Invalid";
    }
    return "unknown";
}

std::string_view format_as(BufferType value) {
    constexpr std::string_view names[] = {
        "BufferType::DRAM", "BufferType::L1", "BufferType::SYSTEM_MEMORY", "BufferType::L1_SMALL", "BufferType::TRACE"};
    return names[static_cast<int>(value)];
}

std::string_view format_as(TensorMemoryLayout value) {
    switch (value) {
        case TensorMemoryLayout::INTERLEAVED: return "TensorMemoryLayout::INTERLEAVED";
        case TensorMemoryLayout::HEIGHT_SHARDED: return "TensorMemoryLayout::HEIGHT_SHARDED";
        case TensorMemoryLayout::WIDTH_SHARDED: return "TensorMemoryLayout::WIDTH_SHARDED";
        case TensorMemoryLayout::BLOCK_SHARDED: return "TensorMemoryLayout::BLOCK_SHARDED";
        case TensorMemoryLayout::ND_SHARDED: return "TensorMemoryLayout::ND_SHARDED";
    }
    return "unknown";
}

std::string_view format_as(ShardOrientation value) {
    return value == ShardOrientation::ROW_MAJOR ? "ShardOrientation::ROW_MAJOR" : "ShardOrientation::COL_MAJOR";
}

std::string_view format_as(ShardDistributionStrategy value) {
    constexpr std::string_view names[] = {
        "ShardDistributionStrategy::ROUND_ROBIN_1D", "ShardDistributionStrategy::GRID_2D",
        "ShardDistributionStrategy::CONTIGUOUS_1D"};
    return names[static_cast<int>(value)];
}

std::string_view format_as(DataType value) {
    constexpr std::string_view names[] = {
        "DataType::BFLOAT16", "DataType::FLOAT32", "DataType::UINT32", "DataType::BFLOAT8_B", "DataType::BFLOAT4_B",
        "DataType::UINT8",    "DataType::UINT16",  "DataType::INT32",  "DataType::FP8_E4M3",  "DataType::INT8",
        "DataType::INVALID"};
    return names[static_cast<int>(value)];
}

std::string_view format_as(Layout value) {
    constexpr std::string_view names[] = {"Layout::ROW_MAJOR", "Layout::TILE", "Layout::INVALID"};
    return names[static_cast<int>(value)];
}

std::string_view format_as(StorageType value) {
    return value == StorageType::HOST ? "StorageType::HOST" : "StorageType::DEVICE";
}

bool is_block_float(DataType dtype) { return dtype == DataType::BFLOAT8_B || dtype == DataType::BFLOAT4_B; }

bool is_floating_point(DataType dtype) {
    return dtype == DataType::BFLOAT16 || dtype == DataType::FLOAT32 || dtype == DataType::FP8_E4M3 || is_block_float(dtype);
}

tt::DataFormat datatype_to_dataformat_converter(DataType dtype) {
    switch (dtype) {
        case DataType::BFLOAT16: return tt::DataFormat::Float16_b;
        case DataType::FLOAT32: return tt::DataFormat::Float32;
        case DataType::UINT32: return tt::DataFormat::UInt32;
        case DataType::BFLOAT8_B: return tt::DataFormat::Bfp8_b;
        case DataType::BFLOAT4_B: return tt::DataFormat::Bfp4_b;
        case DataType::UINT8: return tt::DataFormat::UInt8;
        case DataType::UINT16: return tt::DataFormat::UInt16;
        case DataType::INT32: return tt::DataFormat::Int32;
        case DataType::FP8_E4M3: return tt::DataFormat::Fp8_e4m3;
        case DataType::INT8: return tt::DataFormat::Int8;
        case DataType::INVALID: break;
    }
    TT_THROW("{} has no data format", dtype);
}

DataType dataformat_to_datatype_converter(tt::DataFormat format) {
    for (int value = 0; value < static_cast<int>(DataType::INVALID); ++value) {
        if (datatype_to_dataformat_converter(static_cast<DataType>(value)) == format) return static_cast<DataType>(value);
    }
    TT_THROW("no tensor has elements of format {}", format);
}

namespace hal {
std::uint32_t get_l1_alignment() { return op_emulator::ChipShape().l1_alignment; }
std::uint32_t get_dram_alignment() { return op_emulator::ChipShape().dram_alignment; }
std::uint32_t get_l1_size() { return op_emulator::ChipShape().l1_size; }
std::uint32_t get_noc_max_burst_size_bytes() { return 8192; }
tt::ARCH get_arch() { return tt::ARCH::WORMHOLE_B0; }
}  // namespace hal

}  // namespace tt::tt_metal

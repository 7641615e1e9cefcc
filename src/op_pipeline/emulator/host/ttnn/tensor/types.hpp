// Element types, layouts and the sizes that follow from them.
#pragma once
#include <cstdint>
#include <string_view>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/shape.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

// The numbers differ from tt::DataFormat; a bare integer in Python means this one.
enum class DataType {
    BFLOAT16 = 0,
    FLOAT32 = 1,
    UINT32 = 2,
    BFLOAT8_B = 3,
    BFLOAT4_B = 4,
    UINT8 = 5,
    UINT16 = 6,
    INT32 = 7,
    FP8_E4M3 = 8,
    INT8 = 9,
    INVALID = 10,
};

enum class Layout { ROW_MAJOR = 0, TILE = 1, INVALID = 2 };

enum class StorageType { HOST = 0, DEVICE = 1 };

std::string_view format_as(DataType value);
std::string_view format_as(Layout value);
std::string_view format_as(StorageType value);

bool is_floating_point(DataType dtype);
bool is_block_float(DataType dtype);
tt::DataFormat datatype_to_dataformat_converter(DataType dtype);
DataType dataformat_to_datatype_converter(tt::DataFormat format);

}  // namespace tt::tt_metal

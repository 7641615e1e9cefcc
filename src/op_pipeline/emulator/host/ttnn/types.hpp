// The names operations use inside namespace ttnn.
#pragma once
#include <tt-metalium/base_types.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt_stl/small_vector.hpp>

#include "ttnn/common/queue_id.hpp"
#include "ttnn/tensor/shape/shape.hpp"
#include "ttnn/tensor/tensor.hpp"
#include "ttnn/tensor/types.hpp"

namespace ttnn {

using tt::tt_metal::Buffer;
using tt::tt_metal::BufferType;
using tt::tt_metal::CoreCoord;
using tt::tt_metal::CoreRange;
using tt::tt_metal::CoreRangeSet;
using tt::tt_metal::DataType;
using tt::tt_metal::datatype_to_dataformat_converter;
using tt::tt_metal::IDevice;
using tt::tt_metal::Layout;
using tt::tt_metal::MathFidelity;
using tt::tt_metal::MemoryConfig;
using tt::tt_metal::PageConfig;
using tt::tt_metal::ShardOrientation;
using tt::tt_metal::ShardSpec;
using tt::tt_metal::StorageType;
using tt::tt_metal::TensorLayout;
using tt::tt_metal::TensorMemoryLayout;
using tt::tt_metal::TensorSpec;
using tt::tt_metal::Tile;
using tt::tt_metal::distributed::MeshDevice;

template <typename T, std::size_t N = ttsl::SMALL_VECTOR_SIZE>
using SmallVector = ttsl::SmallVector<T, N>;

inline constexpr std::uint32_t TILE_SIZE = 32;
inline constexpr auto TILE_LAYOUT = Layout::TILE;
inline constexpr auto ROW_MAJOR_LAYOUT = Layout::ROW_MAJOR;

extern const MemoryConfig DRAM_MEMORY_CONFIG;
extern const MemoryConfig L1_MEMORY_CONFIG;

}  // namespace ttnn

#include "ttnn/tensor/tensor_spec.hpp"

#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

#include "ttnn/types.hpp"

namespace tt::tt_metal {

MemoryConfig::MemoryConfig(const MemoryConfig& other) = default;
MemoryConfig::MemoryConfig(MemoryConfig&& other) noexcept = default;
MemoryConfig& MemoryConfig::operator=(const MemoryConfig& other) = default;
MemoryConfig& MemoryConfig::operator=(MemoryConfig&& other) noexcept = default;
MemoryConfig::~MemoryConfig() = default;

TensorLayout::TensorLayout(const TensorLayout& other) = default;
TensorLayout::TensorLayout(TensorLayout&& other) noexcept = default;
TensorLayout& TensorLayout::operator=(const TensorLayout& other) = default;
TensorLayout& TensorLayout::operator=(TensorLayout&& other) noexcept = default;
TensorLayout::~TensorLayout() = default;

TensorSpec::TensorSpec(const TensorSpec& other) = default;
TensorSpec::TensorSpec(TensorSpec&& other) noexcept = default;
TensorSpec& TensorSpec::operator=(const TensorSpec& other) = default;
TensorSpec& TensorSpec::operator=(TensorSpec&& other) noexcept = default;
TensorSpec::~TensorSpec() = default;

TensorLayout TensorLayout::fromPaddedShape(
    DataType dtype, const PageConfig& page_config, const MemoryConfig& memory_config, const Shape& logical_shape,
    const Shape& padded_shape) {
    TensorLayout layout(dtype, page_config, memory_config);
    TT_FATAL(
        layout.compute_padded_shape(logical_shape) == padded_shape,
        "a padded shape of {} for {} is not modelled; the layout pads to {}", padded_shape, logical_shape,
        layout.compute_padded_shape(logical_shape));
    return layout;
}

std::uint32_t TensorLayout::row_alignment() const {
    if (memory_config_.created_with_nd_shard_spec()) return memory_config_.nd_shard_spec()->shard_shape[-1];
    const bool cuts_rows = memory_config_.shard_spec() && memory_config_.memory_layout() != TensorMemoryLayout::HEIGHT_SHARDED;
    return cuts_rows ? memory_config_.shard_spec()->shape[1] : 1;
}

Shape TensorLayout::compute_padded_shape(const Shape& logical_shape) const {
    if (get_layout() != Layout::TILE) {
        const std::uint32_t alignment = row_alignment();
        if (alignment <= 1) return logical_shape;
        Shape padded = logical_shape.rank() == 0 ? logical_shape.to_rank(1) : logical_shape;
        padded[-1] = tt::round_up(padded[-1], alignment);
        return padded;
    }
    Shape padded = logical_shape.rank() < 2 ? logical_shape.to_rank(2) : logical_shape;
    padded[-2] = tt::round_up(padded[-2], get_tile().get_height());
    padded[-1] = tt::round_up(padded[-1], get_tile().get_width());
    return padded;
}

Shape2D TensorLayout::compute_physical_shape(const Shape& logical_shape) const {
    const Shape padded = compute_padded_shape(logical_shape);
    if (padded.rank() == 0) return {1, 1};
    std::uint32_t height = 1;
    for (std::size_t i = 0; i + 1 < padded.rank(); ++i) height *= padded[static_cast<std::int32_t>(i)];
    return {height, padded[-1]};
}

Shape2D TensorLayout::compute_page_shape(const Shape2D& physical_shape) const {
    if (get_layout() == Layout::TILE) return {get_tile().get_height(), get_tile().get_width()};
    const std::uint32_t alignment = row_alignment();
    return {1, alignment > 1 ? alignment : physical_shape.width()};
}

Shape2D TensorLayout::get_physical_shard_shape() const {
    TT_FATAL(memory_config_.shard_spec().has_value(), "Shard spec must have value for TensorLayout::get_physical_shard_shape!");
    return memory_config_.shard_spec()->shape;
}

std::uint64_t TensorLayout::compute_page_size_bytes(const Shape& logical_shape) const {
    const auto format = datatype_to_dataformat_converter(dtype_);
    if (get_layout() == Layout::TILE) return get_tile().get_tile_size(format);
    return std::uint64_t{compute_page_shape(compute_physical_shape(logical_shape)).width()} * tt::datum_size(format);
}

std::uint64_t TensorLayout::compute_page_count(const Shape& logical_shape) const {
    const std::uint64_t volume = compute_padded_shape(logical_shape).volume();
    if (volume == 0) return 0;
    const Shape2D page = compute_page_shape(compute_physical_shape(logical_shape));
    return volume / (std::uint64_t{page.height()} * page.width());
}

BufferShardingArgs TensorLayout::compute_buffer_sharding_args(const Shape& logical_shape) const {
    if (!memory_config_.is_sharded()) return {};
    const auto& shard_spec = memory_config_.shard_spec();
    const auto& nd_shard_spec = memory_config_.nd_shard_spec();
    TT_FATAL(
        shard_spec.has_value() || nd_shard_spec.has_value(),
        "MemoryConfig must have Shard Spec specified for sharded memory layout");
    const Shape2D physical = compute_physical_shape(logical_shape), page = compute_page_shape(physical);
    BufferShardingArgs sharding{std::nullopt, std::nullopt, memory_config_.memory_layout()};
    if (shard_spec) {
        sharding.shard_spec.emplace(
            *shard_spec, page,
            std::array{tt::div_up(physical.height(), page.height()), tt::div_up(physical.width(), page.width())});
    }
    if (memory_config_.created_with_nd_shard_spec()) {
        const Shape padded = compute_padded_shape(logical_shape);
        sharding.distribution.emplace(BufferDistributionSpec::from_shard_spec(
            padded, nd_shard_spec->shard_shape, page, nd_shard_spec->grid, nd_shard_spec->orientation,
            nd_shard_spec->shard_distribution_strategy));
    } else {
        const bool blocks = memory_config_.memory_layout() == TensorMemoryLayout::BLOCK_SHARDED;
        sharding.distribution.emplace(BufferDistributionSpec::from_shard_spec(
            Shape({physical.height(), physical.width()}), Shape(shard_spec->shape), page, shard_spec->grid,
            shard_spec->orientation, blocks ? ShardDistributionStrategy::GRID_2D : ShardDistributionStrategy::ROUND_ROBIN_1D));
    }
    return sharding;
}

TensorSpec::TensorSpec(Shape logical_shape, TensorLayout tensor_layout)
    : logical_shape_(std::move(logical_shape)),
      tensor_layout_(std::move(tensor_layout)),
      padded_shape_(tensor_layout_.compute_padded_shape(logical_shape_)) {
    TT_FATAL(
        layout() == Layout::TILE || !is_block_float(data_type()), "{} is only supported in Layout::TILE, not in {}",
        data_type(), layout());
    check_shards();
    complete_shard_specs();
}

std::string format_as(const TensorSpec& spec) {
    return op_emulator::format(
        "TensorSpec(shape={},dtype={},layout={},memory_config={})", spec.logical_shape(), spec.data_type(),
        spec.layout(), spec.memory_config());
}

}  // namespace tt::tt_metal

namespace ttnn {
// Defined here so that no source of an operation has a part in it.
const MemoryConfig DRAM_MEMORY_CONFIG{TensorMemoryLayout::INTERLEAVED, BufferType::DRAM};
const MemoryConfig L1_MEMORY_CONFIG{TensorMemoryLayout::INTERLEAVED, BufferType::L1};
}  // namespace ttnn

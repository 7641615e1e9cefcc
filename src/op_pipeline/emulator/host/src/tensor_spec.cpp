#include "ttnn/tensor/tensor_spec.hpp"

#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

MemoryConfig::MemoryConfig(
    TensorMemoryLayout memory_layout, BufferType buffer_type, std::optional<ShardSpec> shard_spec)
    : memory_layout_(memory_layout), buffer_type_(buffer_type), shard_spec_(std::move(shard_spec)) {}

MemoryConfig::MemoryConfig(BufferType buffer_type, std::optional<NdShardSpec> nd_shard_spec)
    : memory_layout_(nd_shard_spec ? TensorMemoryLayout::ND_SHARDED : TensorMemoryLayout::INTERLEAVED),
      buffer_type_(buffer_type),
      nd_shard_spec_(std::move(nd_shard_spec)) {}

MemoryConfig MemoryConfig::with_shard_spec(std::optional<ShardSpec> shard_spec) const {
    MemoryConfig copy = *this;
    copy.shard_spec_ = std::move(shard_spec);
    return copy;
}

std::string format_as(const ShardSpec& spec) {
    return op_emulator::format(
        "ShardSpec(grid={},shape={},orientation={})", spec.grid, spec.shape, spec.orientation);
}

std::string format_as(const MemoryConfig& config) {
    return op_emulator::format(
        "MemoryConfig(memory_layout={},buffer_type={},shard_spec={})", config.memory_layout(), config.buffer_type(),
        config.shard_spec());
}

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

Shape TensorLayout::compute_padded_shape(const Shape& logical_shape) const {
    if (get_layout() != Layout::TILE) return logical_shape;
    Shape padded = logical_shape.rank() < 2 ? logical_shape.to_rank(2) : logical_shape;
    padded[-2] = tt::round_up(padded[-2], get_tile().get_height());
    padded[-1] = tt::round_up(padded[-1], get_tile().get_width());
    return padded;
}

std::uint64_t TensorLayout::compute_page_size_bytes(const Shape& logical_shape) const {
    const auto format = datatype_to_dataformat_converter(dtype_);
    if (get_layout() == Layout::TILE) return get_tile().get_tile_size(format);
    const std::uint64_t width = logical_shape.rank() == 0 ? 1 : logical_shape[-1];
    return width * tt::datum_size(format);
}

std::uint64_t TensorLayout::compute_page_count(const Shape& logical_shape) const {
    const std::uint64_t volume = compute_padded_shape(logical_shape).volume();
    if (volume == 0) return 0;
    if (get_layout() == Layout::TILE) return volume / get_tile().get_tile_hw();
    return logical_shape.rank() == 0 ? 1 : volume / logical_shape[-1];
}

TensorSpec::TensorSpec(Shape logical_shape, TensorLayout tensor_layout)
    : logical_shape_(std::move(logical_shape)),
      tensor_layout_(std::move(tensor_layout)),
      padded_shape_(tensor_layout_.compute_padded_shape(logical_shape_)) {
    TT_FATAL(
        layout() == Layout::TILE || !is_block_float(data_type()), "{} is only supported in Layout::TILE, not in {}",
        data_type(), layout());
}

std::string format_as(const TensorSpec& spec) {
    return op_emulator::format(
        "TensorSpec(shape={},dtype={},layout={},memory_config={})", spec.logical_shape(), spec.data_type(),
        spec.layout(), spec.memory_config());
}

}  // namespace tt::tt_metal

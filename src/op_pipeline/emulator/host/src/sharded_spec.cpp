// Memory configs and specs of sharded tensors: what fits, and the two descriptions of the same shards.
#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>

#include "ttnn/tensor/tensor_spec.hpp"

namespace tt::tt_metal {

MemoryConfig::MemoryConfig(
    TensorMemoryLayout memory_layout, BufferType buffer_type, std::optional<ShardSpec> shard_spec)
    : memory_layout_(memory_layout), buffer_type_(buffer_type), shard_spec_(std::move(shard_spec)) {}

MemoryConfig::MemoryConfig(BufferType buffer_type, std::optional<NdShardSpec> nd_shard_spec)
    : memory_layout_(nd_shard_spec ? TensorMemoryLayout::ND_SHARDED : TensorMemoryLayout::INTERLEAVED),
      buffer_type_(buffer_type),
      created_with_nd_shard_spec_(nd_shard_spec.has_value()),
      nd_shard_spec_(std::move(nd_shard_spec)) {}

MemoryConfig MemoryConfig::with_shard_spec(std::optional<ShardSpec> shard_spec) const {
    return MemoryConfig(memory_layout_, buffer_type_, std::move(shard_spec));
}

MemoryConfig MemoryConfig::completed(
    TensorMemoryLayout memory_layout, ShardSpec shard_spec, NdShardSpec nd_shard_spec) const {
    MemoryConfig copy = *this;
    copy.memory_layout_ = memory_layout;
    copy.shard_spec_ = std::move(shard_spec);
    copy.nd_shard_spec_ = std::move(nd_shard_spec);
    return copy;
}

std::string format_as(const Shape2D& shape) { return op_emulator::format("[{}, {}]", shape.height(), shape.width()); }

std::string format_as(const ShardSpec& spec) {
    return op_emulator::format(
        "ShardSpec(grid={},shape={},orientation={})", spec.grid, spec.shape, spec.orientation);
}

std::string format_as(const NdShardSpec& spec) {
    return op_emulator::format(
        "NdShardSpec(shard_shape={},grid={},orientation={},shard_distribution_strategy={})", spec.shard_shape, spec.grid,
        spec.orientation, spec.shard_distribution_strategy);
}

std::string format_as(const MemoryConfig& config) {
    return op_emulator::format(
        "MemoryConfig(memory_layout={},buffer_type={},shard_spec={},nd_shard_spec={})", config.memory_layout(),
        config.buffer_type(), config.shard_spec(), config.nd_shard_spec());
}

namespace {

std::string tile_text(const Tile& tile) {
    return op_emulator::format("{{{}, {}}}", tile.get_height(), tile.get_width());
}

void check_height_shards(const Shape2D& tensor, const ShardSpec& spec) {
    TT_FATAL(
        tensor.width() == spec.shape[1], "Shard width {} must match physical width {} for height sharded", spec.shape[1],
        tensor.width());
    const auto shards = tt::div_up(tensor.height(), spec.shape[0]);
    TT_FATAL(
        shards <= spec.num_cores(), "Number of shards along height {} must not exceed number of cores {}", shards,
        spec.num_cores());
}

void check_width_shards(const Shape2D& tensor, const ShardSpec& spec) {
    TT_FATAL(
        tensor.height() == spec.shape[0], "Shard height {} must match physical height {} for width sharded",
        spec.shape[0], tensor.height());
    const auto shards = tt::div_up(tensor.width(), spec.shape[1]);
    TT_FATAL(
        shards <= spec.num_cores(), "Number of shards along width {} must not exceed number of cores {}", shards,
        spec.num_cores());
}

void check_block_shards(const Shape2D& tensor, const ShardSpec& spec) {
    TT_FATAL(spec.grid.ranges().size() == 1, "Shard grid must be one full rectangular grid for block sharded!");
    const CoreCoord grid = spec.grid.bounding_box().grid_size();
    const bool row_major = spec.orientation == ShardOrientation::ROW_MAJOR;
    const auto check = [&](std::string_view extent, std::uint64_t shards, bool in_rows) {
        const std::size_t cores = in_rows ? grid.y : grid.x;
        TT_FATAL(
            shards <= cores, "Number of shards along {} {} must not exceed number of {} {} for {} major orientation!",
            extent, shards, in_rows ? "rows" : "columns", cores, row_major ? "row" : "column");
    };
    check("height", tt::div_up(tensor.height(), spec.shape[0]), row_major);
    check("width", tt::div_up(tensor.width(), spec.shape[1]), !row_major);
}

// The shard of any rank as a two-dimensional one, if it is one: every extent but its outermost is the tensor's own, and
// the outermost either divides the tensor's or has nothing above it.
std::optional<std::array<std::uint32_t, 2>> flattened(const Shape& shard, const Shape& tensor) {
    std::array<std::uint32_t, 2> flat{1, shard[-1]};
    std::uint64_t tensor_volume = tensor[-1];
    const auto rank = static_cast<std::int32_t>(shard.rank());
    for (std::int32_t dim = -2; dim >= -rank; --dim) {
        tensor_volume *= tensor[dim];
        flat[0] *= shard[dim];
        if (tensor[dim] == shard[dim]) continue;
        if (shard.volume() != std::uint64_t{flat[0]} * flat[1]) return std::nullopt;
        if (dim == -rank || tensor[dim] % shard[dim] == 0 || tensor.volume() == tensor_volume) break;
        return std::nullopt;
    }
    return flat;
}

}  // namespace

void TensorSpec::check_shards() const {
    const MemoryConfig& memory = memory_config();
    if (memory.created_with_nd_shard_spec()) {
        const Shape& shard = memory.nd_shard_spec()->shard_shape;
        TT_FATAL(shard.rank() > 0 && shard.volume() > 0, "Shard shape must have non zero volume!");
        TT_FATAL(
            shard.rank() <= padded_shape_.rank(), "Tensor shape rank ({}) can't be less than shard shape rank ({})!",
            padded_shape_.rank(), shard.rank());
        const bool whole_tiles = shard.rank() >= 2 && shard[-2] % tile().get_height() == 0 && shard[-1] % tile().get_width() == 0;
        TT_FATAL(layout() != Layout::TILE || whole_tiles, "Physical shard shape {} must be tile {} sized!", shard, tile_text(tile()));
        return;
    }
    if (!memory.is_sharded() || !memory.shard_spec()) return;
    const ShardSpec& spec = *memory.shard_spec();
    TT_FATAL(spec.shape[0] > 0 && spec.shape[1] > 0, "Shard shape must have non zero volume!");
    const bool whole_tiles = spec.shape[0] % tile().get_height() == 0 && spec.shape[1] % tile().get_width() == 0;
    TT_FATAL(
        layout() != Layout::TILE || whole_tiles, "Physical shard shape ({}, {}) must be tile {} sized!",
        spec.shape[0], spec.shape[1], tile_text(tile()));
    const Shape2D tensor = physical_shape();
    switch (memory.memory_layout()) {
        case TensorMemoryLayout::HEIGHT_SHARDED: return check_height_shards(tensor, spec);
        case TensorMemoryLayout::WIDTH_SHARDED: return check_width_shards(tensor, spec);
        case TensorMemoryLayout::BLOCK_SHARDED: return check_block_shards(tensor, spec);
        default: TT_THROW("{} does not go with a two-dimensional shard spec", memory.memory_layout());
    }
}

void TensorSpec::complete_shard_specs() {
    const MemoryConfig& memory = memory_config();
    if (!memory.is_sharded() || (!memory.shard_spec() && !memory.nd_shard_spec())) return;
    if (!memory.created_with_nd_shard_spec()) {
        const ShardSpec& spec = *memory.shard_spec();
        const bool blocks = memory.memory_layout() == TensorMemoryLayout::BLOCK_SHARDED;
        const Shape shape = padded_shape_.rank() < 2 ? Shape({spec.shape[1]}) : Shape(spec.shape);
        NdShardSpec nd(
            shape, spec.grid, spec.orientation,
            blocks ? ShardDistributionStrategy::GRID_2D : ShardDistributionStrategy::ROUND_ROBIN_1D);
        tensor_layout_ = tensor_layout_.with_memory_config(memory.completed(memory.memory_layout(), spec, std::move(nd)));
        return;
    }
    const NdShardSpec nd = *memory.nd_shard_spec();
    const auto flat = flattened(nd.shard_shape, padded_shape_);
    if (!flat || nd.grid.empty()) return;
    const ShardSpec spec(nd.grid, *flat, nd.orientation);
    const Shape2D tensor = physical_shape();
    std::uint64_t down = tt::div_up(tensor.height(), spec.shape[0]), across = tt::div_up(tensor.width(), spec.shape[1]);
    if (down * across > spec.num_cores()) return;
    const bool one_row = nd.shard_distribution_strategy == ShardDistributionStrategy::ROUND_ROBIN_1D;
    if (nd.shard_distribution_strategy == ShardDistributionStrategy::CONTIGUOUS_1D) return;
    if (one_row && spec.shape[0] == tensor.height()) {
        tensor_layout_ = tensor_layout_.with_memory_config(memory.completed(TensorMemoryLayout::WIDTH_SHARDED, spec, nd));
        return;
    }
    if (one_row && spec.shape[1] == tensor.width()) {
        tensor_layout_ = tensor_layout_.with_memory_config(memory.completed(TensorMemoryLayout::HEIGHT_SHARDED, spec, nd));
        return;
    }
    if (spec.grid.ranges().size() != 1) return;
    if (nd.orientation != ShardOrientation::ROW_MAJOR) std::swap(down, across);
    const CoreCoord grid = spec.grid.ranges().front().grid_size();
    if ((one_row && across != grid.x) || across > grid.x || down > grid.y) return;
    tensor_layout_ = tensor_layout_.with_memory_config(memory.completed(TensorMemoryLayout::BLOCK_SHARDED, spec, nd));
}

TensorSpec TensorSpec::height_sharded(CoreRangeSet grid, ShardOrientation orientation) const {
    const auto cores = static_cast<std::uint32_t>(std::max<std::size_t>(grid.num_cores(), 1));
    const Shape shard({tt::div_up(physical_shape().height(), cores), physical_shape().width()});
    return sharded(NdShardSpec(shard, std::move(grid), orientation), ShardShapeAlignment::REQUIRED);
}

TensorSpec TensorSpec::width_sharded(CoreRangeSet grid, ShardOrientation orientation) const {
    const auto cores = static_cast<std::uint32_t>(std::max<std::size_t>(grid.num_cores(), 1));
    const Shape shard({physical_shape().height(), tt::div_up(physical_shape().width(), cores)});
    return sharded(NdShardSpec(shard, std::move(grid), orientation), ShardShapeAlignment::REQUIRED);
}

TensorSpec TensorSpec::block_sharded(CoreRange grid, ShardOrientation orientation) const {
    CoreCoord cores = grid.grid_size();
    if (orientation != ShardOrientation::ROW_MAJOR) std::swap(cores.x, cores.y);
    const Shape shard(
        {tt::div_up(physical_shape().height(), static_cast<std::uint32_t>(cores.y)),
         tt::div_up(physical_shape().width(), static_cast<std::uint32_t>(cores.x))});
    const auto blocks = ShardDistributionStrategy::GRID_2D;
    return sharded(NdShardSpec(shard, CoreRangeSet(grid), orientation, blocks), ShardShapeAlignment::RECOMMENDED);
}

TensorSpec TensorSpec::sharded(NdShardSpec nd_shard_spec, ShardShapeAlignment alignment) const {
    Shape& shard = nd_shard_spec.shard_shape;
    if (alignment != ShardShapeAlignment::NONE && layout() == Layout::TILE) {
        if (shard.rank() >= 2) shard[-2] = tt::round_up(shard[-2], tile().get_height());
        shard[-1] = tt::round_up(shard[-1], tile().get_width());
    } else if (alignment == ShardShapeAlignment::RECOMMENDED) {  // 64 bytes: the coarsest memory of any chip
        const std::uint32_t unit = 64 / tt::datum_size(datatype_to_dataformat_converter(data_type()));
        shard[-1] = tt::round_up(shard[-1], unit);
    }
    const MemoryConfig memory(memory_config().buffer_type(), std::move(nd_shard_spec));
    return TensorSpec(logical_shape_, TensorLayout(data_type(), page_config(), memory));
}

}  // namespace tt::tt_metal

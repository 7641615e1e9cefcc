// A ring of entries between a kernel that fills and one that takes, on each node where they run. On a Wormhole it
// becomes a circular buffer.
#pragma once
#include <cstdint>
#include <optional>

#include <tt-metalium/experimental/metal2_host_api/advanced_options.hpp>
#include <tt-metalium/experimental/metal2_host_api/tensor_parameter.hpp>
#include <tt-metalium/tile.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal::experimental {

struct DataflowBufferSpec {
    DFBSpecName unique_id;
    std::uint32_t entry_size = 0;  // bytes
    std::uint32_t num_entries = 0;
    std::optional<tt::DataFormat> data_format_metadata = std::nullopt;  // required where a compute kernel is bound
    std::optional<tt::tt_metal::Tile> tile_format_metadata = std::nullopt;
    std::optional<TensorParamName> borrowed_from = std::nullopt;  // stands on the memory of this tensor
    DFBAdvancedOptions advanced_options;
};

// Between nodes. Names what the real header has; programs with one are refused.
struct CrossNodeDataflowBufferSpec {
    DataflowBufferSpec dfb_spec;
};

}  // namespace tt::tt_metal::experimental

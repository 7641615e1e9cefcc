#include <tt-metalium/buffer.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {
namespace {

using tensor_accessor::ArgConfig;
using tensor_accessor::ArgsConfig;

constexpr std::uint32_t kShardContiguous = 1u << 31;  // in the word with the number of banks

// NOC coordinates of the banks, x above y in half a word, the first of two in the lower half.
std::vector<std::uint32_t> packed_coordinates(const Buffer& buffer, const std::vector<CoreCoord>& cores) {
    std::vector<std::uint32_t> words((cores.size() + 1) / 2, 0);
    for (std::size_t i = 0; i < cores.size(); ++i) {
        const CoreCoord at = buffer.is_dram() ? cores[i] : buffer.device()->worker_core_from_logical_core(cores[i]);
        words[i / 2] |= static_cast<std::uint32_t>(at.x << 8 | at.y) << (i % 2 * 16);
    }
    return words;
}

void check(ArgsConfig config, bool sharded) {
    const bool both_shapes = config.test(ArgConfig::RuntimeTensorShape) && config.test(ArgConfig::RuntimeShardShape);
    TT_FATAL(
        !sharded || !config.test(ArgConfig::RuntimeRank) || both_shapes,
        "If rank is runtime, tensor_shape and shard_shape must also be runtime");
    TT_FATAL(
        !sharded || !config.test(ArgConfig::RuntimeNumBanks) || config.test(ArgConfig::RuntimeBankCoords),
        "If num_banks is runtime, bank_coords must also be runtime");
    TT_FATAL(
        !sharded || !config.test(ArgConfig::RuntimePageSize),
        "RuntimePageSize is not supported on sharded tensors");
}

}  // namespace

TensorAccessorArgs::TensorAccessorArgs(const Buffer& buffer, ArgsConfig runtime) {
    const auto& distribution = buffer.buffer_distribution_spec();
    check(runtime, distribution.has_value());
    if (!distribution) runtime = runtime.test(ArgConfig::RuntimePageSize) ? ArgConfig::RuntimePageSize : ArgConfig::None;
    ArgsConfig flags = runtime;
    if (distribution) flags = flags | ArgConfig::Sharded;
    if (buffer.is_dram()) flags = flags | ArgConfig::IsDram;
    words_ = {flags.raw()};
    const auto add = [&](ArgConfig where, const auto& words) {
        auto& list = runtime.test(where) ? common_words_ : words_;
        list.insert(list.end(), words.begin(), words.end());
    };
    add(ArgConfig::RuntimePageSize, std::vector{static_cast<std::uint32_t>(buffer.aligned_page_size())});
    if (!distribution) return;
    const std::uint32_t contiguous = distribution->is_shard_contiguous() ? kShardContiguous : 0;
    add(ArgConfig::RuntimeRank, std::vector{static_cast<std::uint32_t>(distribution->tensor_shape_in_pages().rank())});
    add(ArgConfig::RuntimeNumBanks, std::vector{static_cast<std::uint32_t>(distribution->num_cores()) | contiguous});
    add(ArgConfig::RuntimeTensorShape, distribution->tensor_shape_in_pages());
    add(ArgConfig::RuntimeShardShape, distribution->shard_shape_in_pages());
    add(ArgConfig::RuntimeBankCoords, packed_coordinates(buffer, distribution->cores()));
}

TensorAccessorArgs::TensorAccessorArgs(const Buffer* buffer, ArgsConfig runtime) {
    if (buffer) *this = TensorAccessorArgs(*buffer, runtime);
}

void TensorAccessorArgs::append_to(std::vector<std::uint32_t>& compile_time_args) const {
    TT_FATAL(
        common_words_.empty(), "the accessor has common runtime arguments: append_to needs the list of those as well");
    compile_time_args.insert(compile_time_args.end(), words_.begin(), words_.end());
}

void TensorAccessorArgs::append_to(
    std::vector<std::uint32_t>& compile_time_args, std::vector<std::uint32_t>& common_runtime_args) const {
    compile_time_args.insert(compile_time_args.end(), words_.begin(), words_.end());
    common_runtime_args.insert(common_runtime_args.end(), common_words_.begin(), common_words_.end());
}

}  // namespace tt::tt_metal

#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "hostdevcommon/tensor_accessor/arg_config.hpp"

namespace tt::tt_metal {

class Buffer;

// The words a kernel's TensorAccessorArgs<N> reads (ttnn-generic-op-api.md, section 6). Interleaved: flags and aligned
// page size. Sharded: also the rank, the number of banks, the tensor's and the shard's shape in pages, and the banks' NOC
// coordinates, two to a word (of DRAM: bank numbers). `runtime` moves some of them to the common runtime arguments.
class TensorAccessorArgs {
public:
    TensorAccessorArgs() = default;
    // TT_FATAL for flags that contradict each other: a rank at run time needs both shapes there, banks their coordinates,
    // and only an interleaved buffer has its page size there.
    explicit TensorAccessorArgs(
        const Buffer& buffer, tensor_accessor::ArgsConfig runtime = tensor_accessor::ArgConfig::None);
    explicit TensorAccessorArgs(  // null: a placeholder for an absent tensor
        const Buffer* buffer, tensor_accessor::ArgsConfig runtime = tensor_accessor::ArgConfig::None);
    explicit TensorAccessorArgs(
        const std::shared_ptr<Buffer>& buffer, tensor_accessor::ArgsConfig runtime = tensor_accessor::ArgConfig::None)
        : TensorAccessorArgs(buffer.get(), runtime) {}

    void append_to(std::vector<std::uint32_t>& compile_time_args) const;
    void append_to(std::vector<std::uint32_t>& compile_time_args, std::vector<std::uint32_t>& common_runtime_args) const;
    const std::vector<std::uint32_t>& get_compile_time_args() const { return words_; }
    const std::vector<std::uint32_t>& get_common_runtime_args() const { return common_words_; }

private:
    std::vector<std::uint32_t> words_ = {0, 0};
    std::vector<std::uint32_t> common_words_;
};

}  // namespace tt::tt_metal

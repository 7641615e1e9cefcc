#pragma once
#include <cstdint>
#include <vector>

namespace tt::tt_metal {

class Buffer;

// The words a kernel's TensorAccessor<N> reads from the compile-time arguments: [flags, aligned page size] for an
// interleaved buffer, flags bit 1 = DRAM (ttnn-generic-op-api.md, section 6).
class TensorAccessorArgs {
public:
    TensorAccessorArgs() = default;
    explicit TensorAccessorArgs(const Buffer& buffer);
    explicit TensorAccessorArgs(const Buffer* buffer);  // null: a placeholder for an absent tensor

    void append_to(std::vector<std::uint32_t>& compile_time_args) const;
    void append_to(std::vector<std::uint32_t>& compile_time_args, std::vector<std::uint32_t>& common_runtime_args) const;
    const std::vector<std::uint32_t>& get_compile_time_args() const { return words_; }
    std::vector<std::uint32_t> get_common_runtime_args() const { return {}; }

private:
    std::vector<std::uint32_t> words_ = {0, 0};
};

}  // namespace tt::tt_metal

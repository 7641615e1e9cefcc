// How a tensor lies in memory, as the host wrote it into the compile-time arguments: flags, then the aligned page size.
#pragma once
#include "api/compile_time_args.h"
#include "op_emulator/arguments.h"
#include "op_emulator/macros.h"

namespace tensor_accessor {

constexpr std::size_t UNKNOWN = static_cast<std::size_t>(-1);

}  // namespace tensor_accessor

namespace op_emulator {

enum AccessorFlag : uint32_t { kSharded = 1, kInDram = 2, kRuntimePageSize = 128 };

}  // namespace op_emulator

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET = tensor_accessor::UNKNOWN>
struct TensorAccessorArgs {
    static constexpr uint32_t flags = get_compile_time_arg_val(CTA_OFFSET);
    static constexpr bool is_sharded = (flags & op_emulator::kSharded) != 0;
    static constexpr bool is_dram = (flags & op_emulator::kInDram) != 0;
    static constexpr bool page_size_is_crta = (flags & op_emulator::kRuntimePageSize) != 0;
    static_assert(!is_sharded, "TensorAccessorArgs of a sharded tensor: not modelled by the emulator");

    static constexpr uint32_t AlignedPageSize = [] {
        if constexpr (page_size_is_crta) {
            return 0u;
        } else {
            return get_compile_time_arg_val(CTA_OFFSET + 1);
        }
    }();

    constexpr TensorAccessorArgs() = default;
    constexpr explicit TensorAccessorArgs(uint32_t crta_offset) : crta_offset_(crta_offset) {
        static_assert(CRTA_OFFSET == tensor_accessor::UNKNOWN, "the offset of the common arguments is given twice");
    }

    constexpr uint32_t crta_offset() const {
        if constexpr (CRTA_OFFSET != tensor_accessor::UNKNOWN) {
            return CRTA_OFFSET;
        } else {
            return crta_offset_;
        }
    }
    constexpr uint32_t get_aligned_page_size() const {
        if constexpr (page_size_is_crta) {
            return get_common_arg_val<uint32_t>(crta_offset());
        } else {
            return AlignedPageSize;
        }
    }
    static constexpr uint32_t num_compile_time_args() { return page_size_is_crta ? 1 : 2; }
    static constexpr uint32_t next_compile_time_args_offset() { return CTA_OFFSET + num_compile_time_args(); }
    constexpr uint32_t num_common_runtime_args() const { return page_size_is_crta ? 1 : 0; }
    constexpr uint32_t next_common_runtime_args_offset() const { return crta_offset() + num_common_runtime_args(); }

private:
    uint32_t crta_offset_ = 0;
};

namespace op_emulator {

template <uint32_t Left, uint32_t Offset, typename... Before>
constexpr auto accessor_args_tuple() {
    if constexpr (Left == 0) {
        return std::tuple<Before...>{};
    } else {
        return accessor_args_tuple<
            Left - 1, TensorAccessorArgs<Offset>::next_compile_time_args_offset(), Before..., TensorAccessorArgs<Offset>>();
    }
}

}  // namespace op_emulator

template <uint32_t NUM_TENSORS, uint32_t CTA_OFFSET>
constexpr auto make_tensor_accessor_args_tuple() {
    return op_emulator::accessor_args_tuple<NUM_TENSORS, CTA_OFFSET>();
}

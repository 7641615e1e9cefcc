// tensor::name: where accessor arguments (compile-time word) and address (byte of the common arguments) of a tensor stand.
#pragma once
#include "api/tensor/tensor_accessor_args.h"
#include "internal/llk_metadata.h"

namespace tensor_accessor {

template <uint32_t CTA_OFFSET, uint32_t ADDR_CRTA_OFFSET>
struct TensorBindingToken {
    static_assert(ADDR_CRTA_OFFSET % 4 == 0, "a common argument is a word of 4 bytes");
    using args_t = TensorAccessorArgs<CTA_OFFSET>;
    static constexpr args_t args{};
    static constexpr uint32_t addr_crta_offset = ADDR_CRTA_OFFSET;

    explicit constexpr TensorBindingToken(binding_details::LLKMetadata metadata) noexcept : metadata_(metadata) {}

private:
    binding_details::LLKMetadata metadata_;
};

// What a tensor that the program did not bind is looked up as; there is no value of this type.
struct NullTensorBindingToken {
    NullTensorBindingToken() = delete;
    NullTensorBindingToken(const NullTensorBindingToken&) = delete;
    NullTensorBindingToken& operator=(const NullTensorBindingToken&) = delete;
};

}  // namespace tensor_accessor

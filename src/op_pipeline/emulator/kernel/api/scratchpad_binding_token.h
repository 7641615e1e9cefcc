// scratch::name: bytes of L1 whose address is a common argument.
#pragma once
#include "internal/llk_metadata.h"

template <typename T>
class Scratchpad;

class ScratchpadBindingToken {
public:
    explicit constexpr ScratchpadBindingToken(uint32_t crta_offset, uint32_t size_in_bytes) noexcept :
        crta_offset_(crta_offset), size_in_bytes_(size_in_bytes) {}
    constexpr ScratchpadBindingToken(uint32_t crta_offset, uint32_t size_in_bytes, binding_details::LLKMetadata llk) noexcept :
        crta_offset_(crta_offset), size_in_bytes_(size_in_bytes), metadata_(llk) {}

private:
    template <typename T>
    friend class Scratchpad;

    uint32_t crta_offset_;  // in words
    uint32_t size_in_bytes_;
    binding_details::LLKMetadata metadata_{};
};

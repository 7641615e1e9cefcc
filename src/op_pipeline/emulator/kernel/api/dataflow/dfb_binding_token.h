// dfb::name: which circular buffer a dataflow buffer of the program became. Converts to its index.
#pragma once
#include "api/dataflow/dfb_access.h"
#include "internal/llk_metadata.h"

template <dfb::AccessPattern Producer = dfb::AccessPattern::UNKNOWN, dfb::AccessPattern Consumer = dfb::AccessPattern::UNKNOWN>
struct DFBBindingToken {
    explicit constexpr DFBBindingToken(uint16_t id) noexcept : id_(id) {}
    constexpr DFBBindingToken(uint16_t id, binding_details::LLKMetadata metadata) noexcept : id_(id), metadata_(metadata) {}
    constexpr operator uint32_t() const noexcept { return id_; }

private:
    uint16_t id_;
    binding_details::LLKMetadata metadata_{};
};

// A buffer that stands on memory which another core fills.
struct RelayDFBBindingToken {
    static constexpr uint8_t NO_PREFETCHER_PIPE = 0xFF;
    explicit constexpr RelayDFBBindingToken(uint16_t id, uint8_t prefetcher_pipe_id = NO_PREFETCHER_PIPE) noexcept :
        id_(id), pipe_(prefetcher_pipe_id) {}
    constexpr operator uint32_t() const noexcept { return id_; }
    constexpr uint8_t prefetcher_pipe_id() const noexcept { return pipe_; }

private:
    uint16_t id_;
    uint8_t pipe_;
};

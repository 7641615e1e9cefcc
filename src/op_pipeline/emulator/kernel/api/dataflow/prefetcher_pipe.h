// PrefetcherPipe: weights that another program's cores send. Known by name, so that a kernel says what it wants.
#pragma once
#include "api/dataflow/dataflow_buffer.h"

namespace experimental {

class PrefetcherPipe {
public:
    class RelayView {
    public:
        void reserve_back(uint16_t) {}
        void push_back(uint16_t) {}
    };

    template <typename Token>
    explicit PrefetcherPipe(const Token&) {
        static_assert(sizeof(Token) == 0, "PrefetcherPipe is not modelled by the emulator");
    }
    RelayView bind_relay() { return {}; }
    void wait_front(uint32_t) {}
    void pop_front(uint32_t, const Noc& = {}) {}
};

}  // namespace experimental

// CrossNodeDFB: a ring between cores. Known by name, so that a kernel says what it wants.
#pragma once
#include "api/dataflow/dataflow_buffer.h"

namespace experimental {

class CrossNodeDFB {
public:
    template <typename Id>
    explicit CrossNodeDFB(Id) {
        static_assert(sizeof(Id) == 0, "CrossNodeDFB is not modelled by the emulator");
    }
};

}  // namespace experimental

// Device operations as the framework sees them; performance models are accepted and ignored (no timing here).
#pragma once
#include <vector>

#include <tt_stl/reflection.hpp>

#include "ttnn/tensor/tensor.hpp"

namespace tt::tt_metal::operation {

using Hash = ttsl::hash::hash_t;

template <typename OutputTensors = std::vector<Tensor>>
struct OpPerformanceModelGeneral {
    OpPerformanceModelGeneral() = default;
    template <typename Inputs>
    OpPerformanceModelGeneral(const Inputs&, const OutputTensors&, int ideal_cycles) : ideal_device_cycles(ideal_cycles) {}
    int ideal_device_cycles = 1;
};
using OpPerformanceModel = OpPerformanceModelGeneral<>;

}  // namespace tt::tt_metal::operation

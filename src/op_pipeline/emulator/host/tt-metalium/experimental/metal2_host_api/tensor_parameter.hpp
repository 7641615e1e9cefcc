// A tensor the program works on; which one is said when it runs.
#pragma once
#include <string>

#include <tt-metalium/experimental/metal2_host_api/tensor_spec_relaxations.hpp>
#include <tt_stl/strong_type.hpp>

namespace tt::tt_metal::experimental {

using TensorParamName = ttsl::StrongType<std::string, struct TensorParamNameTag>;

struct TensorParameter {
    TensorParamName unique_id;
    tt::tt_metal::TensorSpec spec;
    TensorSpecRelaxations relaxations;
};

}  // namespace tt::tt_metal::experimental

// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <optional>

#include <tt-metalium/program_descriptors.hpp>

#include "swish_device_operation_types.hpp"
#include "ttnn/device_operation.hpp"
#include "ttnn/types.hpp"

namespace ttnn::operations::eltwise::swish {

struct SwishDeviceOperation {
    using operation_attributes_t = SwishParams;
    using tensor_args_t = SwishInputs;
    using spec_return_value_t = tt::tt_metal::TensorSpec;
    using tensor_return_value_t = Tensor;

    static void validate_on_program_cache_miss(const operation_attributes_t&, const tensor_args_t&);
    static spec_return_value_t compute_output_specs(const operation_attributes_t&, const tensor_args_t&);
    static tensor_return_value_t create_output_tensors(const operation_attributes_t&, const tensor_args_t&);

    static tt::tt_metal::ProgramDescriptor create_descriptor(
        const operation_attributes_t& attributes, const tensor_args_t& tensor_args, tensor_return_value_t& output);
};

}  // namespace ttnn::operations::eltwise::swish

namespace ttnn::prim {

Tensor swish(const Tensor& x, float beta, const std::optional<MemoryConfig>& memory_config);

}  // namespace ttnn::prim

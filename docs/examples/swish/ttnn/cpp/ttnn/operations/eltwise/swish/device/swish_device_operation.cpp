// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include "swish_device_operation.hpp"

#include <tt_stl/assert.hpp>

#include "ttnn/tensor/tensor_ops.hpp"

namespace ttnn::operations::eltwise::swish {

using namespace tt::tt_metal;

void SwishDeviceOperation::validate_on_program_cache_miss(
    const operation_attributes_t& attributes, const tensor_args_t& tensor_args) {
    const auto& x = tensor_args.x;

    TT_FATAL(x.storage_type() == StorageType::DEVICE && x.buffer() != nullptr, "swish: input 'x' must be on device");
    TT_FATAL(x.layout() == Layout::TILE, "swish: input 'x' must have layout TILE, got {}", x.layout());
    TT_FATAL(
        x.dtype() == DataType::BFLOAT16 || x.dtype() == DataType::FLOAT32,
        "swish: input 'x' must have dtype bfloat16 or float32, got {}",
        x.dtype());
    TT_FATAL(
        x.logical_shape().rank() >= 2 && x.logical_shape().rank() <= 4,
        "swish: input 'x' must have rank 2 to 4, got {}",
        x.logical_shape().rank());
    TT_FATAL(
        x.memory_config().memory_layout() == TensorMemoryLayout::INTERLEAVED,
        "swish: input 'x' must have interleaved memory, got {}",
        x.memory_config().memory_layout());
    TT_FATAL(
        attributes.output_memory_config.memory_layout() == TensorMemoryLayout::INTERLEAVED,
        "swish: memory_config of the output must have interleaved memory, got {}",
        attributes.output_memory_config.memory_layout());
}

SwishDeviceOperation::spec_return_value_t SwishDeviceOperation::compute_output_specs(
    const operation_attributes_t& attributes, const tensor_args_t& tensor_args) {
    return TensorSpec(
        tensor_args.x.logical_shape(),
        TensorLayout(tensor_args.x.dtype(), PageConfig(Layout::TILE), attributes.output_memory_config));
}

SwishDeviceOperation::tensor_return_value_t SwishDeviceOperation::create_output_tensors(
    const operation_attributes_t& attributes, const tensor_args_t& tensor_args) {
    return create_device_tensor(compute_output_specs(attributes, tensor_args), tensor_args.x.device());
}

}  // namespace ttnn::operations::eltwise::swish

namespace ttnn::prim {

Tensor swish(const Tensor& x, float beta, const std::optional<MemoryConfig>& memory_config) {
    using OperationType = ttnn::operations::eltwise::swish::SwishDeviceOperation;

    return ttnn::device_operation::launch<OperationType>(
        OperationType::operation_attributes_t{
            .beta = beta, .output_memory_config = memory_config.value_or(x.memory_config())},
        OperationType::tensor_args_t{x});
}

}  // namespace ttnn::prim

#include "multiply_add_device_operation.hpp"

#include <tt_stl/assert.hpp>

#include "ttnn/tensor/tensor_ops.hpp"

namespace ttnn::operations::eltwise::multiply_add {

namespace {

void validate_input(const char* name, const Tensor& tensor, const Tensor& first) {
    TT_FATAL(
        tensor.storage_type() == StorageType::DEVICE, "multiply_add: input '{}' must be on device", name);
    TT_FATAL(
        tensor.dtype() == DataType::BFLOAT16 || tensor.dtype() == DataType::FLOAT32,
        "multiply_add: input '{}' must have dtype bfloat16 or float32, got {}", name, tensor.dtype());
    TT_FATAL(tensor.layout() == Layout::TILE, "multiply_add: input '{}' must have tile layout", name);
    TT_FATAL(tensor.dtype() == first.dtype(), "multiply_add: input '{}' must have the dtype of 'a'", name);
    TT_FATAL(
        tensor.logical_shape() == first.logical_shape(),
        "multiply_add: input '{}' must have the shape of 'a'", name);
}

}  // namespace

void MultiplyAddDeviceOperation::validate_on_program_cache_miss(
    const operation_attributes_t& /*attributes*/, const tensor_args_t& inputs) {
    validate_input("a", inputs.a, inputs.a);
    validate_input("b", inputs.b, inputs.a);
    validate_input("c", inputs.c, inputs.a);
}

MultiplyAddDeviceOperation::spec_return_value_t MultiplyAddDeviceOperation::compute_output_specs(
    const operation_attributes_t& attributes, const tensor_args_t& inputs) {
    return TensorSpec(
        inputs.a.logical_shape(),
        TensorLayout(inputs.a.dtype(), PageConfig(Layout::TILE), attributes.output_memory_config));
}

MultiplyAddDeviceOperation::tensor_return_value_t MultiplyAddDeviceOperation::create_output_tensors(
    const operation_attributes_t& attributes, const tensor_args_t& inputs) {
    return create_device_tensor(compute_output_specs(attributes, inputs), inputs.a.device());
}

}  // namespace ttnn::operations::eltwise::multiply_add

namespace ttnn::prim {

Tensor multiply_add(const Tensor& a, const Tensor& b, const Tensor& c, const MemoryConfig& memory_config) {
    using Operation = ttnn::operations::eltwise::multiply_add::MultiplyAddDeviceOperation;
    return ttnn::device_operation::launch<Operation>(
        Operation::operation_attributes_t{memory_config}, Operation::tensor_args_t{a, b, c});
}

}  // namespace ttnn::prim

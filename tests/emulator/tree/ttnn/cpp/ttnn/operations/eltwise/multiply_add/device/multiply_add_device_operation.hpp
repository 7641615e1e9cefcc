#pragma once

#include <tt-metalium/program_descriptors.hpp>

#include "multiply_add_device_operation_types.hpp"
#include "ttnn/device_operation.hpp"
#include "ttnn/types.hpp"

namespace ttnn::operations::eltwise::multiply_add {

struct MultiplyAddDeviceOperation {
    using operation_attributes_t = MultiplyAddParams;
    using tensor_args_t = MultiplyAddInputs;
    using spec_return_value_t = TensorSpec;
    using tensor_return_value_t = Tensor;

    static void validate_on_program_cache_miss(const operation_attributes_t&, const tensor_args_t&);
    static spec_return_value_t compute_output_specs(const operation_attributes_t&, const tensor_args_t&);
    static tensor_return_value_t create_output_tensors(const operation_attributes_t&, const tensor_args_t&);
    static tt::tt_metal::ProgramDescriptor create_descriptor(
        const operation_attributes_t&, const tensor_args_t&, tensor_return_value_t& output);
};

}  // namespace ttnn::operations::eltwise::multiply_add

namespace ttnn::prim {

Tensor multiply_add(const Tensor& a, const Tensor& b, const Tensor& c, const MemoryConfig& memory_config);

}  // namespace ttnn::prim

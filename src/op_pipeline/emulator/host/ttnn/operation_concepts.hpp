// What a device operation must and may define (ttnn-api.md, section 7.1).
#pragma once
#include <concepts>
#include <variant>

#include <tt-metalium/program_descriptors.hpp>

#include "ttnn/metal_v2_artifacts.hpp"

namespace ttnn::device_operation {

template <typename Factory, typename Op>
concept ProgramDescriptorFactoryConcept = requires(
    const typename Op::operation_attributes_t& attributes, const typename Op::tensor_args_t& tensor_args,
    typename Op::tensor_return_value_t& output) {
    { Factory::create_descriptor(attributes, tensor_args, output) } -> std::same_as<tt::tt_metal::ProgramDescriptor>;
};

// Metal 2.0. One operation keeps to one of the two models.
template <typename Factory, typename Op>
concept ProgramSpecFactoryConcept = requires(
    const typename Op::operation_attributes_t& attributes, const typename Op::tensor_args_t& tensor_args,
    typename Op::tensor_return_value_t& output) {
    { Factory::create_program_artifacts(attributes, tensor_args, output) } -> std::same_as<ProgramArtifacts>;
};

template <typename Op>
concept HasFactoryVariant = requires { typename Op::program_factory_t; };

template <typename Op>
concept HasDirectDescriptor = ProgramDescriptorFactoryConcept<Op, Op> || ProgramSpecFactoryConcept<Op, Op>;

template <typename Op>
concept HasSelectProgramFactory = requires(
    const typename Op::operation_attributes_t& attributes, const typename Op::tensor_args_t& tensor_args) {
    { Op::select_program_factory(attributes, tensor_args) } -> std::same_as<typename Op::program_factory_t>;
};

template <typename Op>
concept HasSkipLaunch = requires(
    const typename Op::operation_attributes_t& attributes, const typename Op::tensor_args_t& tensor_args,
    const typename Op::tensor_return_value_t& output) {
    { Op::skip_launch(attributes, tensor_args, output) } -> std::convertible_to<bool>;
};

template <typename Op>
concept DeviceOperationConcept = requires(
    const typename Op::operation_attributes_t& attributes, const typename Op::tensor_args_t& tensor_args) {
    typename Op::spec_return_value_t;
    typename Op::tensor_return_value_t;
    Op::validate_on_program_cache_miss(attributes, tensor_args);
    { Op::compute_output_specs(attributes, tensor_args) } -> std::same_as<typename Op::spec_return_value_t>;
    { Op::create_output_tensors(attributes, tensor_args) } -> std::same_as<typename Op::tensor_return_value_t>;
} && (HasFactoryVariant<Op> != HasDirectDescriptor<Op>);  // exactly one of the two places for the program

}  // namespace ttnn::device_operation

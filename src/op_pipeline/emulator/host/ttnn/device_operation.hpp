// ttnn::device_operation::launch: validate, allocate, describe, dispatch.
#pragma once
#include <variant>

#include "op_emulator/launch.hpp"
#include "op_emulator/type_name.hpp"
#include "ttnn/operation_concepts.hpp"
#include "ttnn/tensor/tensor.hpp"
#include "ttnn/tensor/tensor_ops.hpp"
#include "ttnn/types.hpp"

namespace ttnn::device_operation {

// Every launch builds its program anew. The real framework keeps a cache: on a hit it skips this validation (for
// validate_on_program_cache_hit) and patches buffer addresses in the cached program. The results are the same, so a
// cache would only hide mistakes from gates; what it cannot show is an operation whose cache key is too small.
template <DeviceOperationConcept Op>
typename Op::tensor_return_value_t launch(
    const typename Op::operation_attributes_t& attributes, const typename Op::tensor_args_t& tensor_args) {
    op_emulator::LaunchScope scope(op_emulator::type_name<Op>());
    scope.attributes(attributes);
    try {
        scope.enter("validate");
        Op::validate_on_program_cache_miss(attributes, tensor_args);
        scope.enter("output_specs");
        scope.output_specs(Op::compute_output_specs(attributes, tensor_args));
        scope.enter("output_tensors");
        auto output = Op::create_output_tensors(attributes, tensor_args);
        if constexpr (HasSkipLaunch<Op>) {
            if (Op::skip_launch(attributes, tensor_args, output)) return output;
        }
        scope.enter("program_factory");
        const auto describe = [&]<typename Factory>(const Factory&) {
            scope.factory(op_emulator::type_name<Factory>());
            scope.enter("descriptor");
            if constexpr (ProgramSpecFactoryConcept<Factory, Op>) {
                return Factory::create_program_artifacts(attributes, tensor_args, output);
            } else {
                return Factory::create_descriptor(attributes, tensor_args, output);
            }
        };
        if constexpr (HasDirectDescriptor<Op>) {
            scope.dispatch(describe(Op{}), output);
        } else if constexpr (HasSelectProgramFactory<Op>) {
            scope.dispatch(std::visit(describe, Op::select_program_factory(attributes, tensor_args)), output);
        } else {
            static_assert(
                std::variant_size_v<typename Op::program_factory_t> == 1,
                "several program factories need select_program_factory");
            scope.dispatch(std::visit(describe, typename Op::program_factory_t{}), output);
        }
        return output;
    } catch (const std::exception& error) {
        scope.failed(error.what());
        throw;
    }
}

template <DeviceOperationConcept Op>
typename Op::tensor_return_value_t launch_on_device(
    const typename Op::operation_attributes_t& attributes, const typename Op::tensor_args_t& tensor_args) {
    return launch<Op>(attributes, tensor_args);
}

}  // namespace ttnn::device_operation

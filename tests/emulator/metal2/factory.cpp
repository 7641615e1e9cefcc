#include <tt-metalium/constants.hpp>
#include <tt-metalium/experimental/metal2_host_api/program_run_args.hpp>
#include <tt-metalium/experimental/metal2_host_api/program_spec.hpp>
#include <tt-metalium/work_split.hpp>

#include "multiply_add_device_operation.hpp"
#include "ttnn/operations/core/data_movement_kernel/datamovement_kernel_config.hpp"

namespace ttnn::operations::eltwise::multiply_add {

using namespace tt::tt_metal;
using namespace tt::tt_metal::experimental;

namespace {

const std::string FOLDER = "ttnn/cpp/ttnn/operations/eltwise/multiply_add/device/kernels/";
const TensorParamName A{"a"}, B{"b"}, C{"c"}, OUTPUT{"output"};
const DFBSpecName IN_A{"in_a"}, IN_B{"in_b"}, IN_C{"in_c"}, OUT{"out"};
const KernelSpecName READER{"reader"}, WRITER{"writer"}, COMPUTE{"compute"};

Group<KernelSpec> kernels(bool wide) {
    KernelSpec reader{
        .unique_id = READER,
        .source = FOLDER + "dataflow/reader_multiply_add.cpp",
        .dfb_bindings = {ProducerOf(IN_A, "a"), ProducerOf(IN_B, "b"), ProducerOf(IN_C, "c")},
        .tensor_bindings =
            {TensorBinding{.tensor_parameter_name = A, .accessor_name = "a"},
             TensorBinding{.tensor_parameter_name = B, .accessor_name = "b"},
             TensorBinding{.tensor_parameter_name = C, .accessor_name = "c"}},
        .runtime_arg_schema = {.runtime_arg_names = {"count", "start"}},
        .hw_config = ttnn::create_reader_datamovement_config(),
    };
    KernelSpec writer{
        .unique_id = WRITER,
        .source = FOLDER + "dataflow/writer_multiply_add.cpp",
        .dfb_bindings = {ConsumerOf(OUT, "out")},
        .tensor_bindings = {TensorBinding{.tensor_parameter_name = OUTPUT, .accessor_name = "dst"}},
        .runtime_arg_schema = {.runtime_arg_names = {"count", "start"}},
        .hw_config = ttnn::create_writer_datamovement_config(),
    };
    ComputeHardwareConfig config{.enable_32_bit_dest = wide};
    if (wide) {
        for (const auto& buffer : {IN_A, IN_B, IN_C}) config.unpack_modes.emplace(buffer, UnpackMode::UnpackToSrc);
    }
    KernelSpec compute{
        .unique_id = COMPUTE,
        .source = FOLDER + "compute/multiply_add.cpp",
        .dfb_bindings = {ConsumerOf(IN_A, "a"), ConsumerOf(IN_B, "b"), ConsumerOf(IN_C, "c"), ProducerOf(OUT, "out")},
        .runtime_arg_schema = {.runtime_arg_names = {"count"}},
        .hw_config = config,
    };
    return {reader, writer, compute};
}

}  // namespace

ttnn::device_operation::ProgramArtifacts MultiplyAddDeviceOperation::create_program_artifacts(
    const operation_attributes_t& /*attributes*/, const tensor_args_t& inputs, tensor_return_value_t& output) {
    const tt::DataFormat format = datatype_to_dataformat_converter(output.dtype());
    const uint32_t tiles = output.physical_volume() / tt::constants::TILE_HW;
    const auto grid = output.device()->compute_with_storage_grid_size();
    const auto [num_cores, all_cores, group_1, group_2, tiles_1, tiles_2] = split_work_to_cores(grid, tiles);

    ProgramSpec spec{.name = "multiply_add", .kernels = kernels(output.dtype() == DataType::FLOAT32)};
    for (const auto& name : {IN_A, IN_B, IN_C, OUT}) {
        spec.dataflow_buffers.push_back(DataflowBufferSpec{
            .unique_id = name, .entry_size = tt::tile_size(format), .num_entries = 2, .data_format_metadata = format});
    }
    ProgramRunArgs run_args;
    const std::pair<TensorParamName, const Tensor&> tensors[] = {
        {A, inputs.a}, {B, inputs.b}, {C, inputs.c}, {OUTPUT, output}};
    for (const auto& [name, tensor] : tensors) {
        spec.tensor_parameters.push_back(TensorParameter{.unique_id = name, .spec = tensor.mesh_tensor().tensor_spec()});
        run_args.tensor_args.emplace(name, TensorArgument{tensor.mesh_tensor()});
    }
    spec.work_units = {WorkUnitSpec{.name = "main", .kernels = {READER, WRITER, COMPUTE}, .target_nodes = all_cores}};

    KernelRunArgs reader{.kernel = READER}, writer{.kernel = WRITER}, compute{.kernel = COMPUTE};
    uint32_t start = 0;
    for (const CoreCoord& core : corerange_to_cores(all_cores, num_cores)) {
        const uint32_t count = group_1.contains(core) ? tiles_1 : tiles_2;
        AddRuntimeArgsForNode(reader.runtime_arg_values, core, {{"count", count}, {"start", start}});
        AddRuntimeArgsForNode(writer.runtime_arg_values, core, {{"count", count}, {"start", start}});
        AddRuntimeArgsForNode(compute.runtime_arg_values, core, {{"count", count}});
        start += count;
    }
    run_args.kernel_run_args = {reader, writer, compute};
    // more of the program
    return {.spec = std::move(spec), .run_params = std::move(run_args)};
}

}  // namespace ttnn::operations::eltwise::multiply_add

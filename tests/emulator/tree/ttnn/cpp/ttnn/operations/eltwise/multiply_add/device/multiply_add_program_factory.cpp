#include <tt-metalium/constants.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/work_split.hpp>

#include "multiply_add_device_operation.hpp"

namespace ttnn::operations::eltwise::multiply_add {

using namespace tt::tt_metal;

namespace {

constexpr const char* READER =
    "ttnn/cpp/ttnn/operations/eltwise/multiply_add/device/kernels/dataflow/reader_multiply_add.cpp";
constexpr const char* WRITER =
    "ttnn/cpp/ttnn/operations/eltwise/multiply_add/device/kernels/dataflow/writer_multiply_add.cpp";
constexpr const char* COMPUTE =
    "ttnn/cpp/ttnn/operations/eltwise/multiply_add/device/kernels/compute/multiply_add.cpp";

CBDescriptor circular_buffer(uint8_t index, const CoreRangeSet& cores, tt::DataFormat format, uint32_t page_size) {
    return CBDescriptor{
        .total_size = 2 * page_size,
        .core_ranges = cores,
        .format_descriptors = {{CBFormatDescriptor{
            .buffer_index = index, .data_format = format, .page_size = page_size}}}};
}

KernelDescriptor kernel(const char* source, const CoreRangeSet& cores, KernelDescriptor::ConfigDescriptor config) {
    KernelDescriptor descriptor;
    descriptor.kernel_source = source;
    descriptor.source_type = KernelDescriptor::SourceType::FILE_PATH;
    descriptor.core_ranges = cores;
    descriptor.config = std::move(config);
    return descriptor;
}

}  // namespace

ProgramDescriptor MultiplyAddDeviceOperation::create_descriptor(
    const operation_attributes_t& /*attributes*/, const tensor_args_t& inputs, tensor_return_value_t& output) {
    const tt::DataFormat format = datatype_to_dataformat_converter(output.dtype());
    const uint32_t page_size = tt::tile_size(format);
    const uint32_t tiles = output.physical_volume() / tt::constants::TILE_HW;
    const auto grid = output.device()->compute_with_storage_grid_size();
    const auto [num_cores, all_cores, group_1, group_2, tiles_1, tiles_2] = split_work_to_cores(grid, tiles);

    ProgramDescriptor program;
    for (const uint8_t index : {tt::CBIndex::c_0, tt::CBIndex::c_1, tt::CBIndex::c_2, tt::CBIndex::c_16}) {
        program.cbs.push_back(circular_buffer(index, all_cores, format, page_size));
    }

    KernelDescriptor reader = kernel(READER, all_cores, ReaderConfigDescriptor{});
    KernelDescriptor writer = kernel(WRITER, all_cores, WriterConfigDescriptor{});
    KernelDescriptor compute = kernel(
        COMPUTE, all_cores, ComputeConfigDescriptor{.fp32_dest_acc_en = output.dtype() == DataType::FLOAT32});
    TensorAccessorArgs(*inputs.a.buffer()).append_to(reader.compile_time_args);
    TensorAccessorArgs(*inputs.b.buffer()).append_to(reader.compile_time_args);
    TensorAccessorArgs(*inputs.c.buffer()).append_to(reader.compile_time_args);
    TensorAccessorArgs(*output.buffer()).append_to(writer.compile_time_args);

    uint32_t start = 0;
    for (const CoreCoord& core : corerange_to_cores(all_cores, num_cores)) {
        const uint32_t count = group_1.contains(core) ? tiles_1 : tiles_2;
        reader.emplace_runtime_args(core, {inputs.a.buffer(), inputs.b.buffer(), inputs.c.buffer(), count, start});
        writer.emplace_runtime_args(core, {output.buffer(), count, start});
        compute.emplace_runtime_args(core, {count});
        start += count;
    }
    program.kernels = {std::move(reader), std::move(writer), std::move(compute)};
    return program;
}

}  // namespace ttnn::operations::eltwise::multiply_add

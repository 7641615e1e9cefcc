// The host side that all operations written by hand here share. Each core gets `num_units` units of the output, from
// `start_unit` on, `stride` apart; what a unit is and what else kernels know is filled in where the @ signs are.
#include "@OP@_device_operation.hpp"

#include <utility>

#include <tt-metalium/constants.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/work_split.hpp>
#include <tt_stl/assert.hpp>

namespace @NAMESPACE@ {

using namespace tt::tt_metal;

namespace {

CBDescriptor circular_buffer(uint8_t index, tt::DataFormat format, uint32_t pages, const CoreRangeSet& cores) {
    const uint32_t page_size = tt::tile_size(format);
    return CBDescriptor{
        .total_size = pages * page_size,
        .core_ranges = cores,
        .format_descriptors = {{CBFormatDescriptor{
            .buffer_index = index,
            .data_format = format,
            .page_size = page_size,
        }}},
    };
}

KernelDescriptor kernel(const char* path, const CoreRangeSet& cores) {
    KernelDescriptor made;
    made.kernel_source = path;
    made.source_type = KernelDescriptor::SourceType::FILE_PATH;
    made.core_ranges = cores;
    return made;
}

uint32_t tiles(uint32_t extent) { return tt::div_up(extent, tt::constants::TILE_WIDTH); }

// Elements of the last tile that are no padding.
uint32_t valid(uint32_t extent) { return (extent - 1) % tt::constants::TILE_WIDTH + 1; }

}  // namespace

ProgramDescriptor @CLASS@DeviceOperation::create_descriptor(
    const operation_attributes_t& /*attributes*/, const tensor_args_t& tensor_args, tensor_return_value_t& output) {
    const auto& @FIRST@ = tensor_args.@FIRST@;
    const auto& shape = output.logical_shape();
    const uint32_t height = shape[-2], width = shape[-1];
    const uint32_t batch = output.logical_volume() / (height * width);
    const uint32_t num_units = @UNITS@;
    const auto grid = output.device()->compute_with_storage_grid_size();
    const auto [num_cores, all_cores, group_1, group_2, units_1, units_2] = tt::tt_metal::split_work_to_cores(grid, num_units);

    ProgramDescriptor desc;
    const auto format = datatype_to_dataformat_converter(output.dtype());
@BUFFERS@
    auto reader = kernel("@FOLDER@/device/kernels/dataflow/reader_@OP@.cpp", all_cores);
    reader.compile_time_args = {@READER@};
@ACCESSORS@
    reader.config = ReaderConfigDescriptor{};
    auto writer = kernel("@FOLDER@/device/kernels/dataflow/writer_@OP@.cpp", all_cores);
    writer.compile_time_args = {@WRITER@};
    TensorAccessorArgs(*output.buffer()).append_to(writer.compile_time_args);
    writer.config = WriterConfigDescriptor{};
    auto compute = kernel("@FOLDER@/device/kernels/compute/@OP@.cpp", all_cores);
    compute.compile_time_args = {@COMPUTE@};
    compute.config = ComputeConfigDescriptor{.math_fidelity = MathFidelity::HiFi4, .fp32_dest_acc_en = true};

    for (uint32_t i = 0, next = 0; i < num_cores; ++i) {
        const CoreCoord core = {i / grid.y, i % grid.y};
        const uint32_t units = group_1.contains(core) ? units_1 : units_2;
        const uint32_t count = @COUNT@, start = @START@, stride = @STRIDE@;
        reader.emplace_runtime_args(core, {@ADDRESSES@, count, start, stride});
        writer.emplace_runtime_args(core, {output.buffer(), count, start, stride});
        compute.emplace_runtime_args(core, {count});
        next += units;
    }

    desc.kernels.push_back(std::move(reader));
    desc.kernels.push_back(std::move(writer));
    desc.kernels.push_back(std::move(compute));
    return desc;
}

}  // namespace @NAMESPACE@

// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include "swish_device_operation.hpp"

#include <bit>
#include <utility>
#include <vector>

#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/constants.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/work_split.hpp>
#include <tt_stl/assert.hpp>

namespace ttnn::operations::eltwise::swish {

using namespace tt::tt_metal;

namespace {

constexpr const char* READER_KERNEL_PATH =
    "ttnn/cpp/ttnn/operations/eltwise/swish/device/kernels/dataflow/reader_swish.cpp";
constexpr const char* COMPUTE_KERNEL_PATH =
    "ttnn/cpp/ttnn/operations/eltwise/swish/device/kernels/compute/swish.cpp";
constexpr const char* WRITER_KERNEL_PATH =
    "ttnn/cpp/ttnn/operations/eltwise/swish/device/kernels/dataflow/writer_swish.cpp";

CBDescriptor circular_buffer(uint8_t index, tt::DataFormat format, uint32_t num_tiles, const CoreRangeSet& cores) {
    const uint32_t page_size = tt::tile_size(format);
    return CBDescriptor{
        .total_size = num_tiles * page_size,
        .core_ranges = cores,
        .format_descriptors = {{CBFormatDescriptor{
            .buffer_index = index,
            .data_format = format,
            .page_size = page_size,
        }}},
    };
}

}  // namespace

ProgramDescriptor SwishDeviceOperation::create_descriptor(
    const operation_attributes_t& attributes,
    const tensor_args_t& tensor_args,
    tensor_return_value_t& output) {
    const auto& x = tensor_args.x;

    // The unit of work is one tile. Tiles are numbered row-major over the whole tensor, so that each core owns a
    // consecutive range of pages and batch dimensions need no special case.
    const uint32_t num_tiles = output.physical_volume() / tt::constants::TILE_HW;
    const auto grid = output.device()->compute_with_storage_grid_size();
    const auto
        [num_cores, all_cores, core_group_1, core_group_2, num_tiles_per_core_group_1, num_tiles_per_core_group_2] =
            split_work_to_cores(grid, num_tiles);

    ProgramDescriptor desc;

    // Circular buffers. Those between kernels hold two tiles: one is filled while the other is used.
    const auto x_format = datatype_to_dataformat_converter(x.dtype());
    const auto output_format = datatype_to_dataformat_converter(output.dtype());
    desc.cbs.push_back(circular_buffer(tt::CBIndex::c_0, x_format, 2, all_cores));
    desc.cbs.push_back(circular_buffer(tt::CBIndex::c_16, output_format, 2, all_cores));

    KernelDescriptor reader;
    reader.kernel_source = READER_KERNEL_PATH;
    reader.source_type = KernelDescriptor::SourceType::FILE_PATH;
    reader.core_ranges = all_cores;
    TensorAccessorArgs(*x.buffer()).append_to(reader.compile_time_args);
    reader.config = ReaderConfigDescriptor{};
    reader.runtime_args.reserve(num_cores);

    KernelDescriptor writer;
    writer.kernel_source = WRITER_KERNEL_PATH;
    writer.source_type = KernelDescriptor::SourceType::FILE_PATH;
    writer.core_ranges = all_cores;
    TensorAccessorArgs(*output.buffer()).append_to(writer.compile_time_args);
    writer.config = WriterConfigDescriptor{};
    writer.runtime_args.reserve(num_cores);

    // A float32 tile goes straight from its buffer to DST; on the way through SrcA it would lose mantissa bits.
    std::vector<UnpackToDestMode> unpack_to_dest_mode(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
    if (x_format == tt::DataFormat::Float32) {
        unpack_to_dest_mode[tt::CBIndex::c_0] = UnpackToDestMode::UnpackToDestFp32;
    }

    KernelDescriptor compute;
    compute.kernel_source = COMPUTE_KERNEL_PATH;
    compute.source_type = KernelDescriptor::SourceType::FILE_PATH;
    compute.core_ranges = all_cores;
    compute.config = ComputeConfigDescriptor{
        .math_fidelity = MathFidelity::HiFi4,
        .fp32_dest_acc_en = true,
        .unpack_to_dest_mode = std::move(unpack_to_dest_mode),
        .math_approx_mode = false,
    };
    compute.runtime_args.reserve(num_cores);

    // Parameters are runtime arguments: a new value needs no recompilation of the kernel.
    const uint32_t beta_bits = std::bit_cast<uint32_t>(attributes.beta);
    for (uint32_t i = 0, start_id = 0; i < num_cores; ++i) {
        const CoreCoord core = {i / grid.y, i % grid.y};
        uint32_t num_tiles_per_core = 0;
        if (core_group_1.contains(core)) {
            num_tiles_per_core = num_tiles_per_core_group_1;
        } else if (core_group_2.contains(core)) {
            num_tiles_per_core = num_tiles_per_core_group_2;
        } else {
            TT_THROW("swish: core {} is in no group of the work split", core);
        }

        reader.emplace_runtime_args(core, {x.buffer(), num_tiles_per_core, start_id});
        writer.emplace_runtime_args(core, {output.buffer(), num_tiles_per_core, start_id});
        compute.emplace_runtime_args(core, {num_tiles_per_core, beta_bits});
        start_id += num_tiles_per_core;
    }

    desc.kernels.push_back(std::move(reader));
    desc.kernels.push_back(std::move(writer));
    desc.kernels.push_back(std::move(compute));
    return desc;
}

}  // namespace ttnn::operations::eltwise::swish

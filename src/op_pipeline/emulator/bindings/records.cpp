#include "records.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "image.hpp"
#include "kernel_names.hpp"
#include "op_emulator/program_lowering.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;

namespace {

const char* risc_name(Risc risc) {
    return risc == Risc::BRISC ? "BRISC" : risc == Risc::NCRISC ? "NCRISC" : "TRISC";
}

nb::dict settings_record(const ComputeSettings& settings) {
    nb::dict record;
    record["math_fidelity"] = unsigned{settings.math_fidelity};
    record["math_approx_mode"] = settings.math_approx_mode;
    record["fp32_dest_acc_en"] = settings.fp32_dest_acc_en;
    record["dst_full_sync_en"] = settings.dst_full_sync_en;
    nb::list modes;
    for (const bool mode : settings.unpack_to_dest_fp32) modes.append(mode);
    record["unpack_to_dest_fp32"] = modes;
    return record;
}

template <typename Enum>
std::string bare_name(Enum value) {  // "BFLOAT16" of "DataType::BFLOAT16"
    const std::string_view text = format_as(value);
    const auto colon = text.rfind(':');
    return std::string(colon == std::string_view::npos ? text : text.substr(colon + 1));
}

nb::dict spec_record(const TensorSpec& spec) {
    nb::dict record;
    nb::list shape;
    for (const std::uint32_t extent : spec.logical_shape()) shape.append(extent);
    record["shape"] = nb::tuple(shape);
    record["dtype"] = bare_name(spec.data_type());
    record["layout"] = bare_name(spec.layout());
    nb::dict memory;
    memory["memory_layout"] = bare_name(spec.memory_config().memory_layout());
    memory["buffer_type"] = bare_name(spec.memory_config().buffer_type());
    record["memory"] = memory;
    return record;
}

nb::object core_tuple(const CoreCoord& core) { return nb::make_tuple(core.x, core.y); }

nb::list cores_record(const CoreRangeSet& set) {
    nb::list cores;
    for (const CoreCoord& core : tt::tt_metal::corerange_to_cores(set)) cores.append(core_tuple(core));
    return cores;
}

struct ConfigText {
    const char* risc;
    nb::dict config;
};

ConfigText config_record(const KernelDescriptor::ConfigDescriptor& config) {
    ConfigText text{"NCRISC", nb::dict()};
    if (std::holds_alternative<WriterConfigDescriptor>(config)) text.risc = "BRISC";
    if (const auto* movement = std::get_if<DataMovementConfigDescriptor>(&config)) {
        text.risc = movement->processor == DataMovementProcessor::RISCV_0 ? "BRISC" : "NCRISC";
        text.config["noc"] = static_cast<int>(movement->noc);
    }
    if (const auto* compute = std::get_if<ComputeConfigDescriptor>(&config)) {
        text.risc = "TRISC";
        text.config["math_fidelity"] = bare_name(compute->math_fidelity);
        text.config["math_approx_mode"] = compute->math_approx_mode;
        text.config["fp32_dest_acc_en"] = compute->fp32_dest_acc_en;
        text.config["dst_full_sync_en"] = compute->dst_full_sync_en;
        nb::list modes;
        for (const UnpackToDestMode mode : compute->unpack_to_dest_mode) modes.append(static_cast<int>(mode));
        text.config["unpack_to_dest_mode"] = modes;
    }
    return text;
}

nb::dict kernel_record(const KernelDescriptor& kernel) {
    nb::dict record;
    const bool is_text = kernel.source_type == KernelDescriptor::SourceType::SOURCE_CODE;
    const ConfigText config = config_record(kernel.config);
    record["name"] = is_text ? "<source text>" : kernel.kernel_source;
    record["risc"] = config.risc;
    record["cores"] = cores_record(kernel.core_ranges);
    record["compile_time_args"] = kernel.compile_time_args;
    record["named_compile_time_args"] = kernel.named_compile_time_args;
    nb::dict arguments;
    for (const auto& [core, words] : kernel.runtime_args) arguments[core_tuple(core)] = words;
    record["runtime_args"] = arguments;
    record["common_runtime_args"] = kernel.common_runtime_args;
    nb::dict defines;
    for (const auto& [name, value] : kernel.defines) defines[name.c_str()] = value;
    record["defines"] = defines;
    record["config"] = config.config;
    return record;
}

void append_cb_records(nb::list& list, const CBDescriptor& descriptor) {
    for (const CBFormatDescriptor& format : descriptor.format_descriptors) {
        nb::dict record;
        record["index"] = unsigned{format.buffer_index};
        record["total_size"] = descriptor.total_size;
        record["page_size"] = format.page_size;
        record["format"] = bare_name(format.data_format);
        record["cores"] = cores_record(descriptor.core_ranges);
        list.append(record);
    }
}

nb::dict program_record(const DescribedProgram& described) {
    const ProgramDescriptor& program = described.program;
    nb::list kernels, buffers, semaphores;
    for (std::size_t i = 0; i < program.kernels.size(); ++i) {
        nb::dict record = kernel_record(program.kernels[i]);
        record["names"] = described.names.empty() ? nb::object(nb::none()) : names_record(described.names[i]);
        kernels.append(record);
    }
    for (const CBDescriptor& descriptor : program.cbs) append_cb_records(buffers, descriptor);
    for (const SemaphoreDescriptor& semaphore : program.semaphores) {
        nb::dict record;
        record["id"] = semaphore.id;
        record["initial_value"] = semaphore.initial_value;
        record["cores"] = cores_record(semaphore.core_ranges);
        semaphores.append(record);
    }
    nb::dict record;
    record["kernels"] = kernels;
    record["circular_buffers"] = buffers;
    record["semaphores"] = semaphores;
    return record;
}

}  // namespace

nb::dict request_record(const KernelRequest& request) {
    const KernelImage& kernel = *request.kernel;
    nb::dict record;
    record["name"] = kernel.name;
    record["source"] = kernel.source;
    record["is_source_text"] = kernel.is_source_text;
    record["risc"] = risc_name(kernel.risc);
    record["noc"] = unsigned{kernel.noc};
    record["compile_time_args"] = kernel.compile_time_args;
    record["named_compile_time_args"] = kernel.named_compile_time_args;
    record["defines"] = kernel.defines;
    record["include_paths"] = kernel.include_paths;
    record["compute"] = settings_record(kernel.compute);
    record["names"] = kernel.names ? nb::object(names_record(*kernel.names)) : nb::none();
    nb::list buffers;
    for (const CircularBufferImage* buffer : request.circular_buffers) {
        nb::dict entry;
        entry["index"] = buffer->index;
        entry["format"] = static_cast<unsigned>(buffer->format);
        entry["page_size"] = buffer->page_size;
        entry["tile_height"] = buffer->tile_height;
        entry["tile_width"] = buffer->tile_width;
        buffers.append(entry);
    }
    record["circular_buffers"] = buffers;
    return record;
}

namespace {

nb::dict counts_record(const CbCounts& counts) {
    nb::dict record;
    record["pushed"] = counts.pushed;
    record["popped"] = counts.popped;
    record["waited_front"] = counts.waited_front;
    record["waited_back"] = counts.waited_back;
    record["highest_fill"] = counts.highest_fill;
    return record;
}

nb::dict counts_record(const NocCounts& counts) {
    nb::dict record;
    record["bytes_read"] = counts.read;
    record["bytes_written"] = counts.written;
    record["bytes_read_dram"] = counts.read_dram;
    record["bytes_written_dram"] = counts.written_dram;
    record["bytes_multicast"] = counts.multicast;
    return record;
}

template <typename Traffic>
void add_counts(nb::dict& record, const Traffic& traffic) {
    record["cores"] = traffic.cores;
    record.update(counts_record(traffic.all));
    nb::dict busiest = counts_record(traffic.busiest);
    busiest["core"] = nb::make_tuple(traffic.busiest_core.x, traffic.busiest_core.y);
    record["busiest"] = busiest;
}

}  // namespace

nb::dict report_record(const RunReport& report) {
    nb::list buffers, kernels;
    for (const CbTraffic& traffic : report.circular_buffers) {
        nb::dict entry;
        entry["index"] = traffic.index;
        entry["pages"] = traffic.pages;
        add_counts(entry, traffic);
        buffers.append(entry);
    }
    for (const KernelTraffic& traffic : report.kernels) {
        nb::dict entry;
        entry["name"] = traffic.name;
        entry["risc"] = traffic.risc;
        entry["compute_calls"] = traffic.compute_calls;
        entry["dst_capacity"] = traffic.dst_capacity;
        entry["dst_most"] = traffic.dst_most;
        add_counts(entry, traffic);
        kernels.append(entry);
    }
    nb::dict record;
    record["api_calls"] = report.api_calls;
    record["fibre_switches"] = report.fibre_switches;
    record["seconds"] = report.seconds;
    record["warnings"] = report.warnings;
    record["circular_buffers"] = buffers;
    record["kernels"] = kernels;
    return record;
}

nb::dict fault_record(const FaultRecord& fault) {
    nb::dict record;
    record["fault_class"] = fault.fault_class;
    record["kernel"] = fault.kernel;
    record["file"] = fault.file;
    record["line"] = fault.line;
    record["core_x"] = fault.core_x;
    record["core_y"] = fault.core_y;
    record["risc"] = fault.risc;
    record["message"] = fault.message;
    record["hint"] = fault.hint;
    return record;
}

nb::dict launch_record(const LaunchRecord& launch) {
    nb::list specs;
    for (const TensorSpec& spec : launch.output_specs) specs.append(spec_record(spec));
    nb::dict record;
    record["operation"] = launch.operation;
    record["attributes"] = launch.attributes;
    record["phases"] = nb::tuple(nb::cast(launch.phases));
    record["output_specs"] = specs;
    record["factory"] = launch.factory;
    record["program"] = launch.program ? nb::object(program_record(*launch.program)) : nb::none();
    const LoweredLaunch* lowered = launch.lowered.get();
    record["image"] = lowered && lowered->image ? nb::object(image_record(*lowered->image)) : nb::none();
    record["live"] = lowered ? live_record(lowered->live) : nb::list();
    record["error"] = launch.error;
    return record;
}

}  // namespace op_emulator::bindings

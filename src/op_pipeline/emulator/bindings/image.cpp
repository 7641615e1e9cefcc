#include "image.hpp"

#include <string>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "kernel_names.hpp"
#include "node.hpp"

namespace op_emulator::bindings {

namespace {

constexpr std::size_t kMostCores = 256;         // of the largest grid
constexpr const char* kRiscNames[] = {"BRISC", "NCRISC", "TRISC"};

// --- to Python --------------------------------------------------------------------------------------------------
nb::list cores_of(const std::vector<CoreXY>& cores) {
    nb::list list;
    for (const CoreXY& core : cores) list.append(nb::make_tuple(core.x, core.y));
    return list;
}

nb::dict compute_of(const ComputeSettings& settings) {
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

nb::dict kernel_of(const KernelImage& kernel) {
    nb::dict record;
    record["name"] = kernel.name;
    record["source"] = kernel.source;
    record["is_source_text"] = kernel.is_source_text;
    record["risc"] = kRiscNames[static_cast<unsigned>(kernel.risc)];
    record["noc"] = unsigned{kernel.noc};
    record["compute"] = compute_of(kernel.compute);
    record["compile_time_args"] = kernel.compile_time_args;
    record["named_compile_time_args"] = kernel.named_compile_time_args;
    record["defines"] = kernel.defines;
    record["include_paths"] = kernel.include_paths;
    record["cores"] = cores_of(kernel.cores);
    nb::list arguments;
    for (const KernelArguments& entry : kernel.runtime_args) {
        nb::dict item;
        item["core"] = nb::make_tuple(entry.core.x, entry.core.y);
        item["values"] = entry.values;
        arguments.append(item);
    }
    record["runtime_args"] = arguments;
    record["common_runtime_args"] = kernel.common_runtime_args;
    record["names"] = kernel.names ? nb::object(names_record(*kernel.names)) : nb::none();
    return record;
}

nb::dict circular_buffer_of(const CircularBufferImage& buffer) {
    nb::dict record;
    record["index"] = buffer.index;
    record["address"] = buffer.address;
    record["total_size"] = buffer.total_size;
    record["page_size"] = buffer.page_size;
    record["format"] = static_cast<unsigned>(buffer.format);
    record["tile_height"] = buffer.tile_height;
    record["tile_width"] = buffer.tile_width;
    record["globally_allocated"] = buffer.globally_allocated;
    record["cores"] = cores_of(buffer.cores);
    return record;
}

// --- from Python ------------------------------------------------------------------------------------------------
std::vector<std::uint32_t> words(const Node& node) {
    std::vector<std::uint32_t> result;
    for (const Node& item : node.items()) result.push_back(item.number<std::uint32_t>());
    return result;
}

CoreXY core(const Node& node) {
    const auto [x, y] = node.two();
    return {x.number<std::uint32_t>(), y.number<std::uint32_t>()};
}

std::vector<CoreXY> cores(const Node& node) {
    std::vector<CoreXY> result;
    for (const Node& item : node.items(kMostCores)) result.push_back(core(item));
    return result;
}

Risc risc(const Node& node) {
    const std::string name = node.text();
    for (unsigned i = 0; i < std::size(kRiscNames); ++i) {
        if (name == kRiscNames[i]) return static_cast<Risc>(i);
    }
    node.refuse("BRISC, NCRISC or TRISC");
}

ComputeSettings compute(const Node& node) {
    ComputeSettings settings;
    settings.math_fidelity = node.at("math_fidelity").number<std::uint8_t>();
    settings.math_approx_mode = node.at("math_approx_mode").flag();
    settings.fp32_dest_acc_en = node.at("fp32_dest_acc_en").flag();
    settings.dst_full_sync_en = node.at("dst_full_sync_en").flag();
    const auto modes = node.at("unpack_to_dest_fp32").items(settings.unpack_to_dest_fp32.size());
    for (std::size_t i = 0; i < modes.size(); ++i) settings.unpack_to_dest_fp32[i] = modes[i].flag();
    return settings;
}

KernelImage kernel(const Node& node) {
    KernelImage image;
    image.name = node.at("name").text();
    image.source = node.at("source").text();
    image.is_source_text = node.at("is_source_text").flag();
    image.risc = risc(node.at("risc"));
    image.noc = node.at("noc").number<std::uint8_t>();
    image.compute = compute(node.at("compute"));
    image.compile_time_args = words(node.at("compile_time_args"));
    for (const Node& item : node.at("named_compile_time_args").items()) {
        const auto [name, value] = item.two();
        image.named_compile_time_args.emplace_back(name.text(), value.number<std::uint32_t>());
    }
    for (const Node& item : node.at("defines").items()) {
        const auto [name, value] = item.two();
        image.defines.emplace_back(name.text(), value.text());
    }
    for (const Node& item : node.at("include_paths").items()) image.include_paths.push_back(item.text());
    image.cores = cores(node.at("cores"));
    for (const Node& item : node.at("runtime_args").items(kMostCores)) {
        image.runtime_args.push_back({core(item.at("core")), words(item.at("values"))});
    }
    image.common_runtime_args = words(node.at("common_runtime_args"));
    const Node names = node.at("names");
    if (!names.value.is_none()) image.names = names_from(names);
    return image;
}

CircularBufferImage circular_buffer(const Node& node) {
    CircularBufferImage image;
    image.index = node.at("index").number<std::uint32_t>();
    image.address = node.at("address").number<std::uint32_t>();
    image.total_size = node.at("total_size").number<std::uint32_t>();
    image.page_size = node.at("page_size").number<std::uint32_t>();
    image.format = static_cast<DataFormat>(node.at("format").number<std::uint8_t>());
    image.tile_height = node.at("tile_height").number<std::uint32_t>();
    image.tile_width = node.at("tile_width").number<std::uint32_t>();
    image.globally_allocated = node.at("globally_allocated").flag();
    image.cores = cores(node.at("cores"));
    return image;
}

LiveBuffer live_buffer(const Node& node) {
    const auto parts = node.items(4);
    if (parts.size() != 3 && parts.size() != 4) node.refuse("kind, address, bytes per bank, and banks if not all");
    const std::string kind = parts[0].text();
    if (kind != "DRAM" && kind != "L1") parts[0].refuse("DRAM or L1");
    LiveBuffer buffer{
        kind == "DRAM" ? BankKind::Dram : BankKind::L1, parts[1].number<std::uint64_t>(),
        parts[2].number<std::uint64_t>()};
    if (parts.size() == 4) buffer.banks = words(parts[3]);
    return buffer;
}

}  // namespace

nb::dict image_record(const ProgramImage& image) {
    nb::list kernels, buffers, semaphores;
    for (const KernelImage& kernel : image.kernels) kernels.append(kernel_of(kernel));
    for (const CircularBufferImage& buffer : image.circular_buffers) buffers.append(circular_buffer_of(buffer));
    for (const SemaphoreImage& semaphore : image.semaphores) {
        nb::dict record;
        record["id"] = semaphore.id;
        record["address"] = semaphore.address;
        record["initial_value"] = semaphore.initial_value;
        record["cores"] = cores_of(semaphore.cores);
        semaphores.append(record);
    }
    nb::list scratchpads;
    for (const ScratchpadImage& pad : image.scratchpads) {
        nb::dict record;
        record["name"] = pad.name;
        record["address"] = pad.address;
        record["size"] = pad.size;
        record["cores"] = cores_of(pad.cores);
        scratchpads.append(record);
    }
    nb::dict record;
    record["name"] = image.name;
    record["scratchpads"] = scratchpads;
    record["kernels"] = kernels;
    record["circular_buffers"] = buffers;
    record["semaphores"] = semaphores;
    return record;
}

nb::list live_record(const std::vector<LiveBuffer>& live) {
    nb::list list;
    for (const LiveBuffer& buffer : live) {
        const char* kind = buffer.kind == BankKind::Dram ? "DRAM" : "L1";
        if (buffer.banks.empty()) {
            list.append(nb::make_tuple(kind, buffer.address, buffer.bytes_per_bank));
        } else {
            nb::list banks;
            for (const std::uint32_t bank : buffer.banks) banks.append(bank);
            list.append(nb::make_tuple(kind, buffer.address, buffer.bytes_per_bank, nb::tuple(banks)));
        }
    }
    return list;
}

ProgramImage image_from(nb::handle record) {
    const Node root{nb::borrow(record), "image"};
    ProgramImage image;
    image.name = root.at("name").text();
    for (const Node& node : root.at("kernels").items(3 * kMostCores)) image.kernels.push_back(kernel(node));
    for (const Node& node : root.at("circular_buffers").items(32 * kMostCores)) {
        image.circular_buffers.push_back(circular_buffer(node));
    }
    for (const Node& node : root.at("semaphores").items(16 * kMostCores)) {
        image.semaphores.push_back(
            {node.at("id").number<std::uint32_t>(), node.at("address").number<std::uint32_t>(),
             node.at("initial_value").number<std::uint32_t>(), cores(node.at("cores"))});
    }
    for (const Node& node : root.at("scratchpads").items(3 * kMostCores)) {
        image.scratchpads.push_back(
            {node.at("name").text(), node.at("address").number<std::uint32_t>(), node.at("size").number<std::uint32_t>(),
             cores(node.at("cores"))});
    }
    return image;
}

DescribedLaunch launch_from(nb::handle image, nb::handle live, nb::handle libraries) {
    DescribedLaunch launch{image_from(image), {}};
    for (const Node& node : Node{nb::borrow(live), "live"}.items()) launch.live.push_back(live_buffer(node));
    const Node paths{nb::borrow(libraries), "libraries"};
    const auto given = paths.items();
    if (given.size() != launch.image.kernels.size()) paths.refuse("one path for each kernel");
    for (std::size_t i = 0; i < given.size(); ++i) launch.image.kernels[i].library = given[i].text();
    return launch;
}

}  // namespace op_emulator::bindings

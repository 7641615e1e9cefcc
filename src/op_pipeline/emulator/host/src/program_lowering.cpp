#include "op_emulator/program_lowering.hpp"

#include <tt_stl/assert.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "circular_buffer_layout.hpp"
#include "device.hpp"

namespace op_emulator {
namespace {

using namespace tt::tt_metal;
using distributed::MeshDevice;

constexpr std::uint32_t kSemaphoreStride = 16;

std::vector<CoreXY> core_list(const CoreRangeSet& set, const MeshDevice& device, std::string_view what) {
    const CoreCoord grid = device.compute_with_storage_grid_size();
    std::vector<CoreXY> cores;
    for (const CoreCoord& core : corerange_to_cores(set)) {
        TT_FATAL(
            core.x < grid.x && core.y < grid.y, "{}: core {} is outside the worker grid {}x{}", what, core, grid.x, grid.y);
        cores.push_back({static_cast<std::uint32_t>(core.x), static_cast<std::uint32_t>(core.y)});
    }
    return cores;
}

struct Place {
    Risc risc;
    std::uint8_t noc;
};

Place place_of(const KernelDescriptor::ConfigDescriptor& config) {
    if (std::holds_alternative<ReaderConfigDescriptor>(config)) return {Risc::NCRISC, 0};
    if (std::holds_alternative<WriterConfigDescriptor>(config)) return {Risc::BRISC, 1};
    if (std::holds_alternative<ComputeConfigDescriptor>(config)) return {Risc::TRISC, 0};
    const auto& movement = std::get<DataMovementConfigDescriptor>(config);
    TT_FATAL(
        movement.processor == DataMovementProcessor::RISCV_0 || movement.processor == DataMovementProcessor::RISCV_1,
        "data movement processor RISCV_{} does not exist on this chip", static_cast<int>(movement.processor));
    const bool first = movement.processor == DataMovementProcessor::RISCV_0;
    return {first ? Risc::BRISC : Risc::NCRISC, static_cast<std::uint8_t>(movement.noc)};
}

ComputeSettings settings_of(const KernelDescriptor::ConfigDescriptor& config) {
    ComputeSettings settings;
    const auto* compute = std::get_if<ComputeConfigDescriptor>(&config);
    if (!compute) return settings;
    TT_FATAL(compute->math_fidelity != MathFidelity::Invalid, "math fidelity of a compute kernel is not set");
    settings.math_fidelity = static_cast<std::uint8_t>(compute->math_fidelity);
    settings.math_approx_mode = compute->math_approx_mode;
    settings.fp32_dest_acc_en = compute->fp32_dest_acc_en;
    settings.dst_full_sync_en = compute->dst_full_sync_en;
    const auto& modes = compute->unpack_to_dest_mode;
    TT_FATAL(
        modes.size() <= settings.unpack_to_dest_fp32.size(), "unpack_to_dest_mode has {} entries, one per CB index is {}",
        modes.size(), settings.unpack_to_dest_fp32.size());
    for (std::size_t i = 0; i < modes.size(); ++i) {
        settings.unpack_to_dest_fp32[i] = modes[i] == UnpackToDestMode::UnpackToDestFp32;
    }
    return settings;
}

std::vector<KernelArguments> arguments_of(const KernelDescriptor& kernel, const std::string& name) {
    std::vector<KernelArguments> arguments;
    std::set<CoreCoord> seen;
    for (const auto& [core, values] : kernel.runtime_args) {
        TT_FATAL(
            kernel.core_ranges.contains(core), "Cannot set runtime args of kernel {} on core {}: the kernel is not placed there ({})",
            name, core, kernel.core_ranges);
        TT_FATAL(seen.insert(core).second, "runtime args of kernel {} on core {} are set twice", name, core);
        arguments.push_back({{static_cast<std::uint32_t>(core.x), static_cast<std::uint32_t>(core.y)}, values});
    }
    return arguments;
}

void refuse_conflicts(const KernelImage& kernel) {
    std::map<std::string, std::uint32_t> known;
    for (const auto& [name, value] : kernel.named_compile_time_args) {
        const auto [entry, is_new] = known.emplace(name, value);
        TT_FATAL(
            is_new || entry->second == value, "kernel {}: named compile-time argument '{}' is given twice, as {} and as {}",
            kernel.name, name, entry->second, value);
    }
}

NOC_MODE noc_mode_of(const KernelDescriptor& kernel) {
    const auto* movement = std::get_if<DataMovementConfigDescriptor>(&kernel.config);
    return movement ? movement->noc_mode : NOC_MODE::DM_DEDICATED_NOC;
}

// The two data movement processors of a core share what the mode lays out.
void refuse_mixed_noc_modes(const ProgramDescriptor& program) {
    std::map<CoreCoord, NOC_MODE> modes;
    for (const KernelDescriptor& kernel : program.kernels) {
        if (std::holds_alternative<ComputeConfigDescriptor>(kernel.config)) continue;
        for (const CoreCoord& core : corerange_to_cores(kernel.core_ranges)) {
            const auto [entry, is_new] = modes.emplace(core, noc_mode_of(kernel));
            TT_FATAL(is_new || entry->second == noc_mode_of(kernel), "the kernels of core {} do not have the same noc_mode", core);
        }
    }
}

KernelImage lower_kernel(const KernelDescriptor& kernel, const MeshDevice& device) {
    KernelImage image;
    image.is_source_text = kernel.source_type == KernelDescriptor::SourceType::SOURCE_CODE;
    image.name = image.is_source_text ? "<source text>" : kernel.kernel_source;
    image.source = image.is_source_text ? kernel.kernel_source : find_kernel_source(kernel.kernel_source);
    const Place place = place_of(kernel.config);
    image.risc = place.risc;
    image.noc = place.noc;
    image.compute = settings_of(kernel.config);
    image.compile_time_args = kernel.compile_time_args;
    image.named_compile_time_args = kernel.named_compile_time_args;
    refuse_conflicts(image);
    image.defines = kernel.defines;
    for (const auto& path : kernel.compiler_include_paths) image.include_paths.push_back(path.string());
    image.cores = core_list(kernel.core_ranges, device, "kernel " + image.name);
    image.runtime_args = arguments_of(kernel, image.name);
    image.common_runtime_args = kernel.common_runtime_args;
    return image;
}

std::string_view risc_name(Risc risc) {
    return risc == Risc::BRISC ? "BRISC (writer)" : risc == Risc::NCRISC ? "NCRISC (reader)" : "TRISC (compute)";
}

void refuse_shared_processors(const std::vector<KernelImage>& kernels) {
    std::map<std::pair<CoreXY, Risc>, const KernelImage*> taken;
    for (const KernelImage& kernel : kernels) {
        for (const CoreXY& core : kernel.cores) {
            const auto [entry, is_new] = taken.emplace(std::pair(core, kernel.risc), &kernel);
            TT_FATAL(
                is_new, "core {}-{} has two kernels on {}: {} and {}", core.x, core.y, risc_name(kernel.risc),
                entry->second->name, kernel.name);
        }
    }
}

std::vector<SemaphoreImage> lower_semaphores(const ProgramDescriptor& program, const MeshDevice& device) {
    std::vector<SemaphoreImage> images;
    std::set<std::pair<CoreXY, std::uint32_t>> taken;
    for (const SemaphoreDescriptor& semaphore : program.semaphores) {
        TT_FATAL(
            semaphore.id < kSemaphores, "Semaphore id {} exceeds max value {}", semaphore.id, kSemaphores - 1);
        SemaphoreImage image{
            semaphore.id, semaphore_address(device.chip().shape(), semaphore.id), semaphore.initial_value,
            core_list(semaphore.core_ranges, device, format("semaphore {}", semaphore.id))};
        for (const CoreXY& core : image.cores) {
            TT_FATAL(
                taken.emplace(core, semaphore.id).second, "semaphore id {} is declared twice on core {}-{}", semaphore.id,
                core.x, core.y);
        }
        images.push_back(std::move(image));
    }
    return images;
}

void lay_out_scratchpads(DescribedProgram& described, ProgramImage& image, const MeshDevice& device, Tops& tops) {
    for (const PlacedScratchpad& pad : described.scratchpads) {
        auto cores = core_list(pad.cores, device, "scratchpad " + pad.name);
        const std::uint32_t address = place_in_l1(pad.size, pad.cores, cores, device, tops);
        for (const auto& [kernel, word] : pad.users) {
            described.program.kernels[kernel].common_runtime_args[word] = address;
            image.kernels[kernel].common_runtime_args[word] = address;
        }
        image.scratchpads.push_back({pad.name, address, pad.size, std::move(cores)});
    }
}

}  // namespace

std::uint32_t semaphore_address(const ChipShape& chip, std::uint32_t id) {
    return chip.l1_unreserved_base - (kSemaphores - id) * kSemaphoreStride;
}

std::string find_kernel_source(const std::string& path) {
    namespace fs = std::filesystem;
    std::vector<fs::path> tried{path};
    for (const char* variable : {"TT_METAL_HOME", "TT_METAL_RUNTIME_ROOT"}) {
        if (const char* root = std::getenv(variable)) tried.push_back(fs::path(root) / path);
    }
    for (const fs::path& candidate : tried) {
        std::error_code ignored;
        if (fs::is_regular_file(candidate, ignored)) return fs::absolute(candidate).string();
    }
    TT_THROW("Cannot open kernel source file: {}", path);
}

ProgramImage lower_program(DescribedProgram& described, MeshDevice& device, std::string name) {
    ProgramImage image;
    image.name = std::move(name);
    for (const KernelDescriptor& kernel : described.program.kernels) image.kernels.push_back(lower_kernel(kernel, device));
    for (std::size_t i = 0; i < described.names.size(); ++i) image.kernels[i].names = described.names[i];
    refuse_shared_processors(image.kernels);
    refuse_mixed_noc_modes(described.program);
    image.semaphores = lower_semaphores(described.program, device);
    Tops tops;
    image.circular_buffers = lay_out_circular_buffers(described.program.cbs, device, tops);
    lay_out_scratchpads(described, image, device, tops);
    return image;
}

}  // namespace op_emulator

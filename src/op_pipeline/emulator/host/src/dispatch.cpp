#include "op_emulator/dispatch.hpp"

#include <tt-metalium/mesh_device.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>

#include "device.hpp"
#include "fault.hpp"

namespace op_emulator {
namespace {

KernelCompiler& kernel_compiler() {
    static KernelCompiler compiler;
    return compiler;
}

RunReport& stored_report() {
    static RunReport report;
    return report;
}

std::vector<std::uint64_t> schedule_seeds() {
    const char* text = std::getenv("OP_EMULATOR_SEED");
    std::vector<std::uint64_t> seeds;
    for (const char* at = text; at && *at;) {
        char* end = nullptr;
        seeds.push_back(std::strtoull(at, &end, 0));
        TT_FATAL(end != at && (*end == ',' || *end == 0), "OP_EMULATOR_SEED is not a list of numbers: '{}'", text);
        at = *end == ',' ? end + 1 : end;
    }
    if (seeds.empty()) seeds.push_back(0);
    return seeds;
}

RunOptions run_options(std::uint64_t seed, bool checks) {
    RunOptions options;
    options.checks = checks;
    options.schedule_seed = seed;
    if (const char* text = std::getenv("OP_EMULATOR_STALL_SECONDS")) options.stall_seconds = std::strtod(text, nullptr);
    if (const char* text = std::getenv("OP_EMULATOR_DEADLINE_SECONDS")) {
        options.deadline_seconds = std::strtod(text, nullptr);
    }
    const char* workers = std::getenv("OP_EMULATOR_WORKERS");
    options.workers = workers ? static_cast<std::uint32_t>(std::strtoul(workers, nullptr, 10)) : 0;
    return options;
}

bool share_a_core(const KernelImage& kernel, const CircularBufferImage& buffer) {
    return std::ranges::find_first_of(kernel.cores, buffer.cores) != kernel.cores.end();
}

void compile_kernels(ProgramImage& image) {
    if (image.kernels.empty()) return;
    TT_FATAL(kernel_compiler(), "no kernel compiler is registered: import ttnn through op_pipeline.emulator.activate()");
    const auto libraries = kernel_compiler()(kernel_requests(image));
    TT_FATAL(
        libraries.size() == image.kernels.size(), "the kernel compiler returned {} libraries for {} kernels",
        libraries.size(), image.kernels.size());
    for (std::size_t i = 0; i < libraries.size(); ++i) image.kernels[i].library = libraries[i];
}

// The bytes of every live buffer, bank after bank.
class Snapshot {
public:
    explicit Snapshot(Device& device) : device_(device) {
        visit([this](const std::byte* place, std::uint64_t bytes) { bytes_.insert(bytes_.end(), place, place + bytes); });
    }
    void restore() {
        std::size_t at = 0;
        visit([&](std::byte* place, std::uint64_t bytes) {
            std::memcpy(place, bytes_.data() + at, bytes);
            at += bytes;
        });
    }
    bool operator==(const Snapshot& other) const { return bytes_ == other.bytes_; }

private:
    template <typename Visit>
    void visit(Visit visit) {
        for (const LiveBuffer& buffer : device_.live_buffers()) {
            for (std::uint32_t bank = 0; bank < device_.bank_count(buffer.kind); ++bank) {
                visit(device_.bank(buffer.kind, bank, buffer.address, buffer.bytes_per_bank), buffer.bytes_per_bank);
            }
        }
    }
    Device& device_;
    std::vector<std::byte> bytes_;
};

[[noreturn]] void fail_schedule_dependent(const ProgramImage& image, std::uint64_t first, std::uint64_t second) {
    FaultRecord record;
    record.fault_class = "schedule_dependent";
    record.kernel = image.kernels.empty() ? "" : image.kernels.front().name;
    record.message = "the results of " + image.name + " differ between schedule seeds " + std::to_string(first) + " and " +
                     std::to_string(second);
    record.hint = "kernels rely on an order that no circular buffer, semaphore or barrier enforces";
    throw ProgramFault({record});
}

bool& measuring() {
    static bool without_checks = false;
    return without_checks;
}

}  // namespace

void measure_without_checks(bool without) { measuring() = without; }

void set_kernel_compiler(KernelCompiler compiler) { kernel_compiler() = std::move(compiler); }

const RunReport& last_report() { return stored_report(); }

std::vector<KernelRequest> kernel_requests(const ProgramImage& image) {
    std::vector<KernelRequest> requests;
    for (const KernelImage& kernel : image.kernels) {
        KernelRequest request{&kernel, {}};
        std::set<std::uint32_t> indices;
        for (const CircularBufferImage& buffer : image.circular_buffers) {
            if (share_a_core(kernel, buffer) && indices.insert(buffer.index).second) {
                request.circular_buffers.push_back(&buffer);
            }
        }
        requests.push_back(std::move(request));
    }
    return requests;
}

RunReport run_under_seeds(
    const ProgramImage& image, Device& device, bool checks, std::unique_ptr<TraceRing>* trace, std::uint32_t trace_events) {
    const auto seeds = schedule_seeds();
    const auto run = [&](std::uint64_t seed, bool keep) {
        RunOptions options = run_options(seed, checks);
        if (trace == nullptr) return run_program(device, image, options);
        auto ring = std::make_unique<TraceRing>(trace_events);
        ring->seed = seed;
        options.trace = ring.get();
        try {
            RunReport report = run_program(device, image, options);
            if (keep) *trace = std::move(ring);
            return report;
        } catch (const ProgramFault&) {
            *trace = std::move(ring);
            throw;
        }
    };
    if (seeds.size() == 1) return run(seeds.front(), true);
    Snapshot before(device);
    RunReport report = run(seeds.front(), true);
    const Snapshot first(device);
    for (std::size_t i = 1; i < seeds.size(); ++i) {
        before.restore();
        for (const std::string& warning : run(seeds[i], false).warnings) {
            if (std::ranges::find(report.warnings, warning) == report.warnings.end()) report.warnings.push_back(warning);
        }
        if (!(Snapshot(device) == first)) fail_schedule_dependent(image, seeds.front(), seeds[i]);
    }
    return report;
}

void dispatch_program(ProgramImage image, tt::tt_metal::distributed::MeshDevice& mesh_device) {
    schedule_seeds();  // refuse what is no list of seeds before anything is compiled
    compile_kernels(image);
    stored_report() = run_under_seeds(image, mesh_device.chip(), !measuring());
}

}  // namespace op_emulator

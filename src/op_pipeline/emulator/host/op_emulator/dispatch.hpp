// Compiles the kernels of a program image and runs it under each schedule seed.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "program_image.hpp"
#include "trace.hpp"

namespace tt::tt_metal::distributed {
class MeshDevice;
}

namespace op_emulator {

struct KernelRequest {
    const KernelImage* kernel;
    std::vector<const CircularBufferImage*> circular_buffers;  // those on any core of the kernel
};

// Returns one path of a shared object per request, in order; throws when a kernel does not compile.
using KernelCompiler = std::function<std::vector<std::string>(const std::vector<KernelRequest>&)>;
void set_kernel_compiler(KernelCompiler compiler);

// Seeds from OP_EMULATOR_SEED (comma list, default 0). With several, device memory is restored between the runs and
// must end up the same: else ProgramFault "schedule_dependent". OP_EMULATOR_STALL_SECONDS and
// OP_EMULATOR_DEADLINE_SECONDS override the limits of a run, OP_EMULATOR_WORKERS how many processes share the cores.
void dispatch_program(ProgramImage image, tt::tt_metal::distributed::MeshDevice& device);
// The same for an image whose kernels are compiled already. Report of the first seed, with the warnings of all.
// With `trace`, an empty pointer that holds a ring afterwards, its last `trace_events` events are recorded: those of the
// first seed, or of the seed whose run ended in a fault.
RunReport run_under_seeds(
    const ProgramImage& image, Device& device, bool checks = true, std::unique_ptr<TraceRing>* trace = nullptr,
    std::uint32_t trace_events = 0);
// For the benchmark, which says what checks cost: launches of this process run without them. What gates run
// (`execute`) is checked whatever is said here.
void measure_without_checks(bool without);

// One request per kernel, in order; points into `image`.
std::vector<KernelRequest> kernel_requests(const ProgramImage& image);

// Report of the last program that ended without fault.
const RunReport& last_report();

}  // namespace op_emulator

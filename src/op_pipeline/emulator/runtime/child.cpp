#include "child.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "confinement.hpp"
#include "fault_channel.hpp"
#include "kernel_library.hpp"
#include "scheduler.hpp"
#include "signals.hpp"
#include "trace.hpp"
#include "unwritten.hpp"
#include "workers.hpp"

namespace op_emulator {
namespace {

Program g_program;
Share g_share;
Progress* g_progress = nullptr;
std::unique_ptr<Scheduler> g_scheduler;
int g_channel = -1;

std::uint64_t private_bytes() {
    std::ifstream statistics("/proc/self/statm");
    std::uint64_t pages = 0;
    for (int field = 0; field < 6; ++field) {
        statistics >> pages;  // the sixth: data and stack
    }
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void limit_memory(std::uint64_t bytes) {
#ifdef RLIMIT_DATA
    const std::uint64_t held = private_bytes();
    if (bytes != 0 && held != 0) {  // 0: a sandbox hides it, and has a limit of its own
        // Counts private memory only, so the device's own mapping does not eat it up; what the host process held
        // before the fork is not the program's doing.
        const std::uint64_t allowed = held + bytes;
        const rlimit limit{allowed, allowed};
        ::setrlimit(RLIMIT_DATA, &limit);
    }
#else
    (void)bytes;
#endif
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
}

// A kernel can call what the host's C library offers. Of the host's open files it gets standard error only: through
// the others it could answer in the host's name. Returns the channel's new number.
int close_host_files(int channel) {
    constexpr int kChannel = 3;
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO}) {
        if (nothing < 0 || ::dup2(nothing, standard) < 0) {
            ::close(standard);
        }
    }
    if (channel != kChannel) {
        ::dup2(channel, kChannel);
    }
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, kChannel + 1, ~0u, 0) == 0) {
        return kChannel;
    }
#endif
    const long most = ::sysconf(_SC_OPEN_MAX);
    for (int other = kChannel + 1; other < (most > 0 ? most : 1024); ++other) {
        ::close(other);
    }
    return kChannel;
}

std::uint32_t core_number(CoreXY core) { return core.y * g_program.device->shape().grid_x + core.x; }

void declare_buffer(const CircularBufferImage& image, CoreXY core) {
    CoreState& state = g_program.cores[core_number(core)];
    CbState& cb = state.buffers[image.index];
    cb.declared = true;
    cb.globally_allocated = image.globally_allocated;
    cb.poison = !image.globally_allocated;
    cb.index = image.index;
    cb.address = image.address;
    cb.total_size = image.total_size;
    cb.page_size = image.page_size;
    cb.pages = image.total_size / image.page_size;
    cb.tile_height = image.tile_height;
    cb.tile_width = image.tile_width;
    cb.format = image.format;
    for (const std::uint32_t other : state.declared) {
        CbState& neighbour = state.buffers[other];
        if (neighbour.address < cb.address + cb.total_size && cb.address < neighbour.address + neighbour.total_size) {
            cb.poison = neighbour.poison = false;  // two buffers on one memory: popping one must not hurt the other
        }
    }
    state.declared.push_back(image.index);
    if (!image.globally_allocated && g_program.options.checks) {
        fill_unwritten(state.l1 + cb.address, cb.total_size, Fill::Local);
    }
}

void set_up_cores(const ProgramImage& image) {
    const ChipShape& shape = g_program.device->shape();
    g_program.cores.resize(g_program.device->core_count());
    for (std::uint32_t y = 0; y < shape.grid_y; ++y) {
        for (std::uint32_t x = 0; x < shape.grid_x; ++x) {
            CoreState& core = g_program.cores[core_number({x, y})];
            core.xy = {x, y};
            core.l1 = g_program.device->l1({x, y}, 0, shape.l1_size);
        }
    }
    for (const CircularBufferImage& cb : image.circular_buffers) {
        for (const CoreXY& core : cb.cores) {
            if (g_share.has(core_number(core))) {
                declare_buffer(cb, core);
            }
        }
    }
    for (const SemaphoreImage& semaphore : image.semaphores) {
        for (const CoreXY& core : semaphore.cores) {
            if (!g_share.has(core_number(core))) {
                continue;
            }
            CoreState& state = g_program.cores[core_number(core)];
            state.semaphores.push_back(semaphore.address);
            std::memcpy(state.l1 + semaphore.address, &semaphore.initial_value, sizeof semaphore.initial_value);
        }
    }
    for (const ScratchpadImage& pad : image.scratchpads) {
        for (const CoreXY& core : pad.cores) {
            CoreState& state = g_program.cores[core_number(core)];
            state.scratchpads.push_back(&pad);
            fill_unwritten(state.l1 + pad.address, pad.size, Fill::Local);
        }
    }
}

// The tensors a program names get their page tables in one go: a fault for each page costs as much as moving its data.
void map_tensors(const ProgramImage& image) {
#ifdef MADV_POPULATE_WRITE
    constexpr std::uint64_t kFewest = 1 << 16, kMost = 1ull << 28;
    std::uint64_t bytes = 0;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (const LiveBuffer& buffer : named_buffers(*g_program.device, image)) {
        if (buffer.kind != BankKind::Dram || buffer.bytes_per_bank < kFewest) {
            continue;
        }
        for (std::uint32_t bank = 0; bank < g_program.device->bank_count(buffer.kind); ++bank) {
            bytes += buffer.bytes_per_bank;
            if (bytes > kMost || !buffer.in_bank(bank)) {
                continue;
            }
            const auto begin = reinterpret_cast<std::uintptr_t>(
                g_program.device->bank(buffer.kind, bank, buffer.address, buffer.bytes_per_bank));
            const std::uintptr_t first = begin / page * page;
            ::madvise(reinterpret_cast<void*>(first), begin + buffer.bytes_per_bank - first, MADV_POPULATE_WRITE);
        }
    }
#else
    (void)image;
#endif
}

void copy_arguments(const Fibre& fibre) {
    std::byte* base = fibre.context.core_state->l1 + kArgumentBase + risc_index(fibre.context) * kArgumentBytes;
    const auto copy = [](std::byte* to, const std::vector<std::uint32_t>& words) {
        if (!words.empty()) {
            std::memcpy(to, words.data(), std::min<std::size_t>(words.size() * 4, kArgumentBytes / 2));
        }
    };
    if (fibre.arguments != nullptr) {
        copy(base, *fibre.arguments);
    }
    copy(base + kArgumentBytes / 2, fibre.context.kernel->common_runtime_args);
}

// Kernels with globals are loaded once for each core, each time from a file of its own: made before code of theirs runs.
std::vector<std::string> libraries_of(const KernelImage& kernel) {
    if (kernel.cores.size() > 1 && has_mutable_globals(kernel.library)) {
        return private_copies(kernel.library, kernel.cores.size());
    }
    return {kernel.library};
}

void add_kernel(const KernelImage& kernel, const std::vector<std::string>& libraries) {
    std::map<CoreXY, const std::vector<std::uint32_t>*> arguments;
    for (const KernelArguments& entry : kernel.runtime_args) {
        arguments[entry.core] = &entry.values;
    }
    std::vector<KernelEntry> entries;
    for (const std::string& library : libraries) {
        entries.push_back(load_kernel(library));
    }
    for (std::size_t number = 0; number < kernel.cores.size(); ++number) {
        const CoreXY& core = kernel.cores[number];
        if (!g_share.has(core_number(core))) {
            continue;
        }
        auto fibre = std::make_unique<Fibre>();
        fibre->stack = std::make_unique<FibreStack>();
        fibre->entry = entries[std::min(number, entries.size() - 1)];
        const auto found = arguments.find(core);
        fibre->arguments = found == arguments.end() ? nullptr : found->second;
        fibre->first_core = kernel.cores.front();
        KernelContext& context = fibre->context;
        context.kernel = &kernel;
        context.core = core;
        context.risc = kernel.risc;
        context.core_state = &g_program.cores[core_number(core)];
        copy_arguments(*fibre);
        if (kernel.risc == Risc::TRISC) {
            context.compute = make_compute_state(kernel);
        }
        g_scheduler->add(std::move(fibre));
    }
}

[[noreturn]] void run(const ProgramImage& image, const RunOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    op_emulator_l1_size = g_program.device->shape().l1_size;
    set_up_cores(image);
    map_tensors(image);
    g_scheduler = std::make_unique<Scheduler>(options.schedule_seed);
    publish_runtime_symbols();
    std::vector<std::vector<std::string>> libraries;
    for (const KernelImage& kernel : image.kernels) {
        libraries.push_back(libraries_of(kernel));
    }
    confine_loading();
    for (std::size_t i = 0; i < image.kernels.size(); ++i) {
        add_kernel(image.kernels[i], libraries[i]);
    }
    confine_running(g_channel);
    g_trace = options.trace;
    g_scheduler->run_all();
    check_buffers_at_end();
    RunReport report;
    report.api_calls = g_progress->api_calls;
    report.fibre_switches = g_scheduler->switches();
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report.warnings = g_program.warnings;
    count_traffic(report);
    end_with_report(report);
}

}  // namespace

Program& program() { return g_program; }
Scheduler& scheduler() { return *g_scheduler; }
bool scheduler_exists() { return g_scheduler != nullptr; }

KernelContext& enter_call(Where where) {
    g_progress->api_calls = g_progress->api_calls + 1;
    trace_step();
    KernelContext& context = running_fibre().context;
    if (where.line != 0) {
        context.last_call = where;
    }
    return context;
}

void run_child(
    Device& device, const ProgramImage& image, const RunOptions& options, Share share, Progress& progress, int channel) {
    g_channel = close_host_files(channel);
    set_fault_channel(g_channel);
    g_progress = &progress;
    g_share = share;
    try {
#ifdef __linux__
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::prctl(PR_SET_DUMPABLE, 1);  // its own open files, whatever the host process hides
#endif
        install_signal_handlers(progress, options);
        limit_memory(options.memory_bytes);
        g_program.device = &device;
        g_program.image = &image;
        g_program.options = options;
        g_program.asynchronous = options.schedule_seed % 2 == 1;
        run(image, options);
    } catch (const std::bad_alloc&) {
        FaultRecord record;
        record.fault_class = "out_of_memory";
        record.message = "the emulator ran out of memory";
        end_with_faults({record});
    } catch (const std::exception& problem) {
        FaultRecord record;
        record.fault_class = "emulator_error";
        record.message = problem.what();
        end_with_faults({record});
    }
}

}  // namespace op_emulator

// The parent's side of a run: checks the image, forks, watches, and turns the answer into a report or an exception.
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <new>
#include <set>
#include <stdexcept>

#include "child.hpp"
#include "core.hpp"
#include "fault.hpp"
#include "fault_channel.hpp"

namespace op_emulator {
namespace {

constexpr std::size_t kMostAnswer = 1 << 24;  // bytes; a child that says more is not ours any more

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

[[noreturn]] void malformed(const std::string& what) { throw std::invalid_argument("malformed program: " + what); }

void check_cores(const Device& device, const std::vector<CoreXY>& cores, const std::string& owner) {
    if (cores.empty()) {
        malformed(owner + " has no cores");
    }
    for (const CoreXY& core : cores) {
        if (core.x >= device.shape().grid_x || core.y >= device.shape().grid_y) {
            malformed(owner + " stands on core (" + std::to_string(core.x) + "," + std::to_string(core.y) +
                      "), which is outside the grid");
        }
    }
}

void check_kernels(const Device& device, const ProgramImage& image) {
    std::set<std::pair<CoreXY, Risc>> taken;
    for (const KernelImage& kernel : image.kernels) {
        check_cores(device, kernel.cores, "kernel " + kernel.name);
        if (kernel.library.empty()) {
            malformed("kernel " + kernel.name + " is not compiled");
        }
        for (const CoreXY& core : kernel.cores) {
            if (!taken.emplace(core, kernel.risc).second) {
                malformed("two kernels on " + std::string(risc_name(kernel.risc)) + " of core (" +
                          std::to_string(core.x) + "," + std::to_string(core.y) + "), one of them " + kernel.name);
            }
        }
    }
}

void check_buffers(const Device& device, const ProgramImage& image) {
    std::set<std::pair<CoreXY, std::uint32_t>> taken;
    for (const CircularBufferImage& cb : image.circular_buffers) {
        const std::string name = "circular buffer " + std::to_string(cb.index);
        check_cores(device, cb.cores, name);
        if (cb.index >= kCircularBuffers) {
            malformed(name + ": the chip has " + std::to_string(kCircularBuffers));
        }
        if (cb.page_size == 0 || cb.total_size == 0 || cb.total_size % cb.page_size != 0) {
            malformed(name + ": total size " + std::to_string(cb.total_size) + " is not a multiple of page size " +
                      std::to_string(cb.page_size));
        }
        if (std::uint64_t{cb.address} + cb.total_size > device.shape().l1_size || cb.address % 16 != 0) {
            malformed(name + ": does not lie in L1 at a multiple of 16 bytes");
        }
        for (const CoreXY& core : cb.cores) {
            if (!taken.emplace(core, cb.index).second) {
                malformed(name + " is declared twice on one core");
            }
        }
    }
    for (const SemaphoreImage& semaphore : image.semaphores) {
        check_cores(device, semaphore.cores, "semaphore " + std::to_string(semaphore.id));
        if (semaphore.address % 4 != 0 || std::uint64_t{semaphore.address} + 4 > device.shape().l1_size) {
            malformed("semaphore " + std::to_string(semaphore.id) + " does not lie in L1");
        }
    }
    for (const ScratchpadImage& pad : image.scratchpads) {
        check_cores(device, pad.cores, "scratchpad " + pad.name);
        if (pad.size == 0 || std::uint64_t{pad.address} + pad.size > device.shape().l1_size) {
            malformed("scratchpad " + pad.name + " does not lie in L1");
        }
    }
}

struct Mapping {  // memory both processes see
    Progress* progress;
    Mapping() {
        void* memory =
            ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw std::bad_alloc();
        }
        progress = new (memory) Progress;
    }
    ~Mapping() { ::munmap(progress, sizeof(Progress)); }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
};

struct Child {  // killed and reaped whatever happens
    pid_t pid = -1;
    int channel = -1;
    int status = 0;
    bool reaped = false;
    ~Child() {
        if (channel >= 0) {
            ::close(channel);
        }
        if (pid > 0 && !reaped) {
            ::kill(pid, SIGKILL);
            wait();
        }
    }
    void wait() {
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        reaped = true;
    }
};

// Watches the counter of API calls. Asks a stalled child to say where it is, and kills it when it does not answer.
class Watchdog {
public:
    Watchdog(const Child& child, Progress& progress, const RunOptions& options) :
        child_(child), progress_(progress), options_(options) {}

    void look() {
        const std::uint64_t calls = progress_.api_calls;
        if (calls != last_calls_) {
            last_calls_ = calls;
            last_change_ = Clock::now();
        }
        if (progress_.stop.load() != StopReason::None) {
            if (seconds_since(asked_) > 1.0) {
                ::kill(child_.pid, SIGKILL);
            }
        } else if (seconds_since(start_) > options_.deadline_seconds) {
            ask(StopReason::Deadline);
        } else if (seconds_since(last_change_) > options_.stall_seconds) {
            ask(StopReason::Stalled);
        }
    }

private:
    void ask(StopReason reason) {
        progress_.stop.store(reason);
        asked_ = Clock::now();
        ::kill(child_.pid, SIGUSR1);
    }
    const Child& child_;
    Progress& progress_;
    const RunOptions& options_;
    std::uint64_t last_calls_ = 0;
    Clock::time_point start_ = Clock::now(), last_change_ = start_, asked_ = start_;
};

std::string read_answer(Child& child, Progress& progress, const RunOptions& options) {
    std::string bytes;
    Watchdog watchdog(child, progress, options);
    for (;;) {
        pollfd entry{child.channel, POLLIN, 0};
        if (::poll(&entry, 1, 50) > 0) {
            char buffer[4096];
            const ssize_t n = ::read(child.channel, buffer, sizeof buffer);
            if (n == 0) {
                break;
            }
            if (n > 0) {
                bytes.append(buffer, static_cast<std::size_t>(n));
            }
            if (bytes.size() > kMostAnswer) {
                ::kill(child.pid, SIGKILL);
                bytes.clear();
                break;
            }
        }
        watchdog.look();
    }
    child.wait();
    return bytes;
}

FaultRecord silent_death(const Child& child, const Progress& progress) {
    FaultRecord record;
    if (progress.stop.load() != StopReason::None) {
        record.fault_class = "non_termination";
        record.message = "the program was stopped and could not say where it was";
    } else {
        record.fault_class = "crash";
        record.message = WIFSIGNALED(child.status)
                             ? "the emulator's process was killed by signal " + std::to_string(WTERMSIG(child.status))
                             : "the emulator's process ended without an answer";
    }
    return record;
}

}  // namespace

void check_program(const Device& device, const ProgramImage& program) {
    check_kernels(device, program);
    check_buffers(device, program);
}

RunReport run_program(Device& device, const ProgramImage& program, const RunOptions& options) {
    check_program(device, program);
    Mapping shared;
    int ends[2];
    if (::pipe(ends) != 0) {
        throw std::runtime_error("cannot create a pipe");
    }
    Child child;
    child.channel = ends[0];
    child.pid = ::fork();
    if (child.pid == 0) {
        ::close(ends[0]);
        run_child(device, program, options, *shared.progress, ends[1]);
    }
    ::close(ends[1]);
    if (child.pid < 0) {
        throw std::runtime_error("cannot start a process for the program");
    }
    const ChildAnswer answer = parse_answer(read_answer(child, *shared.progress, options));
    if (!answer.complete) {
        throw ProgramFault({silent_death(child, *shared.progress)});
    }
    if (!answer.faults.empty()) {
        throw ProgramFault(answer.faults);
    }
    return answer.report;
}

}  // namespace op_emulator

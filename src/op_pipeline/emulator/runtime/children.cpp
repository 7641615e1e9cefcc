// The parent's side of the processes that a program runs in: forks them, watches them, reads what they answer.
#include "children.hpp"

#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <new>
#include <stdexcept>

namespace op_emulator {
namespace {

constexpr std::size_t kMostAnswer = 1 << 24;  // bytes; a child that says more is not ours any more

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

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

// One process, what it has said so far, and who looks after it.
struct Running {
    Mapping shared;
    Child child;
    Watchdog watchdog;
    std::string bytes;
    bool open = true;

    explicit Running(const RunOptions& options) : watchdog(child, *shared.progress, options) {}

    void read() {
        char buffer[4096];
        const ssize_t n = ::read(child.channel, buffer, sizeof buffer);
        if (n > 0) {
            bytes.append(buffer, static_cast<std::size_t>(n));
        }
        if (bytes.size() > kMostAnswer) {
            ::kill(child.pid, SIGKILL);
            bytes.clear();
            open = false;
        }
        open = open && n != 0;
    }
};

using RunningList = std::vector<std::unique_ptr<Running>>;

void read_answers(RunningList& list) {
    for (;;) {
        std::vector<pollfd> entries;
        std::vector<Running*> waiting;
        for (const auto& running : list) {
            if (running->open) {
                entries.push_back({running->child.channel, POLLIN, 0});
                waiting.push_back(running.get());
            }
        }
        if (waiting.empty()) {
            break;
        }
        if (::poll(entries.data(), entries.size(), 50) > 0) {
            for (std::size_t i = 0; i < entries.size(); ++i) {
                if (entries[i].revents != 0) {
                    waiting[i]->read();
                }
            }
        }
        for (Running* running : waiting) {
            running->watchdog.look();
        }
    }
    for (const auto& running : list) {
        running->child.wait();
    }
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

void start(Running& running, Device& device, const ProgramImage& program, const RunOptions& options, Share share) {
    int ends[2];
    if (::pipe(ends) != 0) {
        throw std::runtime_error("cannot create a pipe");
    }
    running.child.channel = ends[0];
    running.child.pid = ::fork();
    if (running.child.pid == 0) {
        ::close(ends[0]);
        run_child(device, program, options, share, *running.shared.progress, ends[1]);
    }
    ::close(ends[1]);
    if (running.child.pid < 0) {
        throw std::runtime_error("cannot start a process for the program");
    }
}

}  // namespace

std::vector<ChildAnswer> run_children(
    Device& device, const ProgramImage& program, const RunOptions& options, std::uint32_t count) {
    RunningList list;
    for (std::uint32_t index = 0; index < count; ++index) {
        list.push_back(std::make_unique<Running>(options));
        start(*list.back(), device, program, options, {index, count});
    }
    read_answers(list);
    std::vector<ChildAnswer> answers;
    for (const auto& running : list) {
        answers.push_back(parse_answer(running->bytes));
        if (!answers.back().complete) {
            answers.back() = {};
            answers.back().faults = {silent_death(running->child, *running->shared.progress)};
        }
    }
    return answers;
}

}  // namespace op_emulator

// Filters of system calls (seccomp, classic BPF; linux/seccomp.h, linux/filter.h). Kernels on the device have no
// operating system, so none is offered here: neither by a function of the C library nor by assembly.
#include "confinement.hpp"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace op_emulator {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
#endif

constexpr std::uint32_t kNumber = offsetof(seccomp_data, nr), kArchitecture = offsetof(seccomp_data, arch);

// The lower half of an argument: all that is compared here are ints. Both supported machines are little endian.
constexpr std::uint32_t argument(int index) { return offsetof(seccomp_data, args) + 8 * index; }

class Filter {
public:
    Filter() {
        load(kArchitecture);
        add(BPF_JMP | BPF_JEQ | BPF_K, kMachine, 1, 0);
        add(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        load(kNumber);
    }
    void allow(std::initializer_list<long> calls) {
        for (const long call : calls) {
            add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, 1);
            add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
    }
    // Allow the call when `argument & mask` is one of the values.
    void allow_when(long call, int index, std::uint32_t mask, std::initializer_list<std::uint32_t> values) {
        const auto rest = static_cast<std::uint8_t>(3 + 2 * values.size());
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call), 0, rest);
        load(argument(index));
        add(BPF_ALU | BPF_AND | BPF_K, mask);
        for (const std::uint32_t value : values) {
            add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
            add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
        add(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    void install() {
        add(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
        const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
    }

private:
    void load(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
    void add(int code, std::uint32_t k, std::uint8_t yes = 0, std::uint8_t no = 0) {
        code_.push_back({static_cast<std::uint16_t>(code), yes, no, k});
    }
    std::vector<sock_filter> code_;
};

// Memory, time, signals of one's own, the end.
void allow_common(Filter& filter) {
    filter.allow({SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mprotect, SYS_futex, SYS_rt_sigreturn,
                  SYS_rt_sigprocmask, SYS_clock_gettime, SYS_getpid, SYS_gettid, SYS_exit, SYS_exit_group});
    filter.allow_when(SYS_tgkill, 0, ~0u, {static_cast<std::uint32_t>(::getpid())});  // abort()
}

}  // namespace

void confine_loading() {
    Filter filter;
    allow_common(filter);
    // Executable memory without the filter's knowledge does no harm: the filter holds for all code of the process.
    filter.allow({SYS_mmap, SYS_read, SYS_pread64, SYS_close, SYS_lseek, SYS_fstat, SYS_newfstatat, SYS_sigaltstack,
                  SYS_getcwd, SYS_faccessat, SYS_readlinkat, SYS_write, SYS_getrandom, SYS_clock_nanosleep,
#ifdef SYS_access
                  SYS_access,
#endif
#ifdef SYS_readlink
                  SYS_readlink,
#endif
#ifdef SYS_stat
                  SYS_stat,
#endif
                  SYS_fcntl});
    const std::uint32_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
    filter.allow_when(SYS_openat, 2, writing, {O_RDONLY});
#ifdef SYS_open
    filter.allow_when(SYS_open, 1, writing, {O_RDONLY});
#endif
    filter.allow({SYS_prctl});  // the second filter; neither can be taken back
    filter.install();
}

void confine_running(int channel) {
    Filter filter;
    allow_common(filter);
    filter.allow_when(SYS_mmap, 3, MAP_ANONYMOUS, {MAP_ANONYMOUS});
    filter.allow_when(SYS_write, 0, ~0u, {STDERR_FILENO, static_cast<std::uint32_t>(channel)});
    filter.install();
}

}  // namespace op_emulator

#else

namespace op_emulator {
void confine_loading() {}
void confine_running(int) {}
}  // namespace op_emulator

#endif

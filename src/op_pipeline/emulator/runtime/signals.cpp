#include "signals.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#if defined(__linux__) && defined(__x86_64__)
#include <ucontext.h>
#define OP_EMULATOR_CAN_ANSWER_DIVISION 1
#endif

#include "fault_channel.hpp"
#include "scheduler.hpp"

namespace op_emulator {
namespace {

Progress* g_progress = nullptr;
RunOptions g_options;
alignas(16) std::byte g_signal_stack[256 * 1024];
constexpr std::uint64_t kLowPages = 1 << 16;

bool kernel_is_running();

[[noreturn]] void report(const char* fault_class, std::string message, std::string hint = {}) {
    if (!kernel_is_running()) {
        FaultRecord record;
        record.fault_class = fault_class;
        record.message = std::move(message);
        end_with_faults({record});
    }
    const Where last = current().last_call;
    if (last.line != 0) {
        message += "; the last API call was at line " + std::to_string(last.line);
    }
    raise_fault(fault_class, std::move(message), last, std::move(hint));
}

bool kernel_is_running() { return scheduler_exists() && scheduler().is_running(); }

void on_watchdog(int, siginfo_t*, void*) {
    char seconds[32];
    if (g_progress->stop.load() == StopReason::Deadline) {
        std::snprintf(seconds, sizeof seconds, "%g", g_options.deadline_seconds);
        report("non_termination", std::string("the program did not end within ") + seconds + " s");
    }
    std::snprintf(seconds, sizeof seconds, "%g", g_options.stall_seconds);
    report(
        "non_termination", std::string("no API call for ") + seconds + " s: an endless loop",
        "a loop that polls memory never lets the other kernels run; check the loop's bounds as well");
}

void on_memory_fault(int signal, siginfo_t* info, void*) {
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    if (kernel_is_running() && running_fibre().stack->guard_holds(info->si_addr)) {
        report("stack_overflow", "the kernel's stack is exhausted (256 KiB; far less on the device)",
               "avoid large local arrays and recursion");
    }
    if (address < op_emulator_l1_size) {
        report("crash", "access to address " + hex(address) + ", which is an L1 address used as a pointer or a null pointer",
               address < kLowPages ? "check for a null pointer"
                                   : "turn L1 addresses into pointers with reinterpret_cast only");
    }
    report("crash", std::string(signal == SIGBUS ? "bus error" : "access to memory that is not there") + " at " + hex(address));
}

#ifdef OP_EMULATOR_CAN_ANSWER_DIVISION
struct Division {
    unsigned length = 0;  // 0: not a division this decoder knows
    bool is_signed = false, wide = false;
    int divisor_register = -1;
};

// F7 /6 (div) and F7 /7 (idiv), with an optional REX prefix: all a compiler emits for 32 and 64 bits.
Division decode_division(const unsigned char* code) {
    Division found;
    unsigned at = 0;
    unsigned rex = 0;
    if ((code[at] & 0xF0) == 0x40) {
        rex = code[at++];
    }
    if (code[at++] != 0xF7) {
        return found;
    }
    const unsigned modrm = code[at++];
    const unsigned operation = modrm >> 3 & 7, mode = modrm >> 6, rm = modrm & 7;
    if (operation < 6) {
        return found;
    }
    found.is_signed = operation == 7;
    found.wide = (rex & 8) != 0;
    if (mode == 3) {
        found.divisor_register = static_cast<int>(rm | (rex & 1) << 3);
    } else {
        const bool scaled = rm == 4;
        const unsigned base = scaled ? code[at++] & 7 : rm;
        at += mode == 1 ? 1 : mode == 2 || (mode == 0 && base == 5) ? 4 : 0;
    }
    found.length = at;
    return found;
}

long long register_value(const gregset_t& registers, int number) {
    constexpr int order[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                             REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    return registers[order[number]];
}

// RISC-V: quotient all ones and remainder the dividend for x / 0; quotient INT_MIN, remainder 0 for INT_MIN / -1.
bool answer_division(ucontext_t& machine) {
    gregset_t& registers = machine.uc_mcontext.gregs;
    const Division division = decode_division(reinterpret_cast<const unsigned char*>(registers[REG_RIP]));
    if (division.length == 0) {
        return false;
    }
    bool by_zero = true;
    if (division.divisor_register >= 0) {
        const long long divisor = register_value(registers, division.divisor_register);
        by_zero = division.wide ? divisor == 0 : static_cast<int>(divisor) == 0;
    }
    const auto mask = division.wide ? ~0ull : 0xFFFFFFFFull;
    const auto dividend = static_cast<unsigned long long>(registers[REG_RAX]) & mask;
    registers[REG_RDX] = static_cast<long long>(by_zero ? dividend : 0);
    registers[REG_RAX] = static_cast<long long>(by_zero ? mask : dividend);
    registers[REG_RIP] += division.length;
    return true;
}
#endif

void on_arithmetic_fault(int, siginfo_t*, void* context) {
#ifdef OP_EMULATOR_CAN_ANSWER_DIVISION
    if (kernel_is_running() && answer_division(*static_cast<ucontext_t*>(context))) {
        add_warning("integer division by zero after line " + std::to_string(current().last_call.line) +
                    "; answered as RISC-V does: all ones");
        return;
    }
#else
    (void)context;
#endif
    report("integer_division_by_zero", "integer division by zero",
           "on the device the quotient is all ones and the kernel goes on; guard the division");
}

void on_other(int signal, siginfo_t*, void*) {
    report("crash", std::string("the kernel was stopped by signal ") + std::to_string(signal));
}

// A call that the filters of confinement.cpp refuse.
void on_system_call(int, siginfo_t* info, void*) {
    report("crash", "the kernel made system call " + std::to_string(info->si_syscall) + "; kernels have no operating system",
           "leave out functions of the host's C library that do more than compute");
}

void install(int signal, void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
}

}  // namespace

void install_signal_handlers(Progress& progress, const RunOptions& options) {
    g_progress = &progress;
    g_options = options;
    stack_t stack{};
    stack.ss_sp = g_signal_stack;
    stack.ss_size = sizeof g_signal_stack;
    ::sigaltstack(&stack, nullptr);
    install(SIGUSR1, on_watchdog);
    install(SIGSEGV, on_memory_fault);
    install(SIGBUS, on_memory_fault);
    install(SIGFPE, on_arithmetic_fault);
    install(SIGILL, on_other);
    install(SIGTRAP, on_other);
    install(SIGABRT, on_other);
    install(SIGSYS, on_system_call);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) {
        ::signal(signal, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace op_emulator

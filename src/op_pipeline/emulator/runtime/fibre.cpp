// The hand-written switch saves what the calling convention asks a callee to save, and the stack pointer.
#include "fibre.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

namespace op_emulator {

FibreStack::FibreStack() : guard_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    void* memory = ::mmap(
        nullptr, guard_ + kFibreStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    mapping_ = static_cast<std::byte*>(memory);
    ::mprotect(mapping_, guard_, PROT_NONE);
}

FibreStack::~FibreStack() { ::munmap(mapping_, guard_ + kFibreStackBytes); }

bool FibreStack::guard_holds(const void* address) const {
    const auto* byte = static_cast<const std::byte*>(address);
    return byte >= mapping_ && byte < mapping_ + guard_;
}

#ifdef OP_EMULATOR_FIBRE_UCONTEXT

namespace {

void start(unsigned entry_high, unsigned entry_low, unsigned argument_high, unsigned argument_low) {
    const auto join = [](unsigned high, unsigned low) {
        return static_cast<std::uintptr_t>(std::uint64_t{high} << 32 | low);
    };
    reinterpret_cast<void (*)(void*)>(join(entry_high, entry_low))(
        reinterpret_cast<void*>(join(argument_high, argument_low)));
    std::abort();
}

}  // namespace

void fibre_create(FibreContext& fibre, FibreStack& stack, void (*entry)(void*), void* argument) {
    ::getcontext(&fibre.context);
    fibre.context.uc_stack.ss_sp = stack.lowest();
    fibre.context.uc_stack.ss_size = kFibreStackBytes;
    fibre.context.uc_link = nullptr;
    const auto code = reinterpret_cast<std::uintptr_t>(entry);
    const auto data = reinterpret_cast<std::uintptr_t>(argument);
    // makecontext passes ints only, so each pointer travels in two halves.
    ::makecontext(
        &fibre.context, reinterpret_cast<void (*)()>(start), 4, static_cast<unsigned>(std::uint64_t{code} >> 32),
        static_cast<unsigned>(code), static_cast<unsigned>(std::uint64_t{data} >> 32), static_cast<unsigned>(data));
}

void fibre_switch(FibreContext& from, FibreContext& to) { ::swapcontext(&from.context, &to.context); }

#else

extern "C" {
void op_emulator_fibre_switch(void** from, void* to);
void op_emulator_fibre_start();
}

#ifdef __APPLE__
#define SYMBOL(name) "_" name
#else
#define SYMBOL(name) name
#endif

#if defined(__x86_64__)
asm(R"(
.text
.globl )" SYMBOL("op_emulator_fibre_switch") R"(
)" SYMBOL("op_emulator_fibre_switch") R"(:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.globl )" SYMBOL("op_emulator_fibre_start") R"(
)" SYMBOL("op_emulator_fibre_start") R"(:
    movq %r13, %rdi
    call *%r12
    ud2
)");

void fibre_create(FibreContext& fibre, FibreStack& stack, void (*entry)(void*), void* argument) {
    auto** top = reinterpret_cast<void**>(stack.lowest() + kFibreStackBytes);
    *--top = nullptr;  // keeps the stack aligned as after a call
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(op_emulator_fibre_start);
    *--top = nullptr;                           // rbp: ends the chain of frames
    *--top = nullptr;                           // rbx
    *--top = reinterpret_cast<void*>(entry);    // r12
    *--top = argument;                          // r13
    *--top = nullptr;                           // r14
    *--top = nullptr;                           // r15
    fibre.stack_pointer = top;
}
#elif defined(__aarch64__)
asm(R"(
.text
.globl )" SYMBOL("op_emulator_fibre_switch") R"(
.p2align 2
)" SYMBOL("op_emulator_fibre_switch") R"(:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.globl )" SYMBOL("op_emulator_fibre_start") R"(
.p2align 2
)" SYMBOL("op_emulator_fibre_start") R"(:
    mov x0, x20
    blr x19
    brk #1
)");

void fibre_create(FibreContext& fibre, FibreStack& stack, void (*entry)(void*), void* argument) {
    auto** frame = reinterpret_cast<void**>(stack.lowest() + kFibreStackBytes) - 20;
    for (int i = 0; i < 20; ++i) {
        frame[i] = nullptr;
    }
    frame[0] = reinterpret_cast<void*>(entry);                      // x19
    frame[1] = argument;                                            // x20
    frame[11] = reinterpret_cast<void*>(op_emulator_fibre_start);  // x30
    fibre.stack_pointer = frame;
}
#endif

void fibre_switch(FibreContext& from, FibreContext& to) {
    op_emulator_fibre_switch(&from.stack_pointer, to.stack_pointer);
}

#endif

}  // namespace op_emulator

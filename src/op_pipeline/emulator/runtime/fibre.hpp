// Fibres: a stack and where it stopped. Switching costs about ten nanoseconds; nothing here knows about kernels.
#pragma once
#include <cstddef>
#include <cstdint>

#if defined(OP_EMULATOR_UCONTEXT) || !(defined(__x86_64__) || defined(__aarch64__))
#define OP_EMULATOR_FIBRE_UCONTEXT 1
#include <ucontext.h>
#endif

namespace op_emulator {

inline constexpr std::size_t kFibreStackBytes = 256 * 1024;

struct FibreContext {
#ifdef OP_EMULATOR_FIBRE_UCONTEXT
    ucontext_t context;
#else
    void* stack_pointer = nullptr;
#endif
};

// A mapping with an unreadable page below it, so that running off the end is a signal and not silent corruption.
class FibreStack {
public:
    FibreStack();  // throws std::bad_alloc
    ~FibreStack();
    FibreStack(const FibreStack&) = delete;
    FibreStack& operator=(const FibreStack&) = delete;
    std::byte* lowest() const { return mapping_ + guard_; }
    bool guard_holds(const void* address) const;

private:
    std::byte* mapping_ = nullptr;
    std::size_t guard_ = 0;
};

// Prepares `fibre` so that the first switch to it calls entry(argument), which must never return.
void fibre_create(FibreContext& fibre, FibreStack& stack, void (*entry)(void*), void* argument);
// Stops here, saved in `from`, and continues `to` where it stopped.
void fibre_switch(FibreContext& from, FibreContext& to);

}  // namespace op_emulator

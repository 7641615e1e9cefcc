#include "trace.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "core.hpp"

namespace op_emulator {

struct TraceRing::Shared {
    std::uint64_t recorded = 0, step = 0;
    TraceEvent events[1];
};

TraceRing* g_trace = nullptr;

TraceRing::TraceRing(std::uint32_t capacity) :
    capacity_(std::max(capacity, 1u)), bytes_(sizeof(Shared) + sizeof(TraceEvent) * (capacity_ - 1)) {
    void* memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    shared_ = new (memory) Shared;
}

TraceRing::~TraceRing() { ::munmap(shared_, bytes_); }

void TraceRing::record(const Fibre& fibre, TraceEvent event) {
    event.step = shared_->step;
    event.fibre = static_cast<std::uint16_t>(fibre.number);
    event.line = fibre.context.last_call.line;
    event.compute_calls = static_cast<std::uint32_t>(compute_use(fibre).calls);
    shared_->events[shared_->recorded++ % capacity_] = event;
}

void TraceRing::count_step() { ++shared_->step; }

// A kernel can write anywhere in its process, so these numbers are read as what anybody may have put there.
std::uint64_t TraceRing::recorded() const { return shared_->recorded; }

std::uint64_t TraceRing::kept() const { return std::min<std::uint64_t>(shared_->recorded, capacity_); }

TraceEvent TraceRing::event(std::uint64_t number) const {
    const std::uint64_t recorded = shared_->recorded;
    const std::uint64_t first = recorded > capacity_ ? recorded % capacity_ : 0;
    return shared_->events[(first + number) % capacity_];
}

void trace_running(
    TraceKind kind, std::uint8_t detail, std::uint32_t object, std::uint32_t amount, std::uint32_t extra) {
    TraceEvent event;
    event.kind = kind;
    event.detail = detail;
    event.object = object;
    event.amount = amount;
    event.extra = extra;
    g_trace->record(running_fibre(), event);
}

}  // namespace op_emulator

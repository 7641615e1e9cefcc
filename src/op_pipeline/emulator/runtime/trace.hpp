// What the kernels of a program did, in order, kept only where a run is asked to. The memory is shared with the child, so
// that a run that ends in a fault has a trace as well.
#pragma once
#include <cstddef>
#include <cstdint>

namespace op_emulator {

enum class TraceKind : std::uint8_t {
    Resumed,    // the kernel has the turn now
    Left,       // and has it no more; detail: TraceWait, object: buffer or address, amount: wanted
    Ready,      // what it waits for is there
    Read,       // detail: 1 DRAM, 0 L1; object: own L1 address; amount: bytes
    Write,      // the same
    Multicast,  // object: destinations; amount: bytes to each
    Barrier,    // detail: abi::Barrier
    Push,       // object: buffer, amount: pages, extra: pages in it afterwards
    Pop,        // the same
    Semaphore,  // object: its address, amount: value; detail: 0 set, 1 increased, 2 increased on another core
    Dst,        // amount: tiles held
};

enum class TraceWait : std::uint8_t { Turn, Front, Back, Semaphore, Done };

struct TraceEvent {
    std::uint64_t step = 0;  // API calls and switches of all kernels so far: an order, no time
    std::uint32_t object = 0, amount = 0, extra = 0;
    std::uint32_t line = 0;           // of the kernel's last call
    std::uint32_t compute_calls = 0;  // of this kernel so far
    std::uint16_t fibre = 0;          // in the order of the image: kernels, cores of each
    TraceKind kind = TraceKind::Resumed;
    std::uint8_t detail = 0;
};
static_assert(sizeof(TraceEvent) == 32);

struct Fibre;

// The last `capacity` events of a run.
class TraceRing {
public:
    explicit TraceRing(std::uint32_t capacity);  // std::bad_alloc
    ~TraceRing();
    TraceRing(const TraceRing&) = delete;
    TraceRing& operator=(const TraceRing&) = delete;

    void record(const Fibre& fibre, TraceEvent event);
    void count_step();

    std::uint64_t recorded() const;  // all there were
    std::uint64_t kept() const;
    TraceEvent event(std::uint64_t number) const;  // of the kept ones, oldest first
    std::uint64_t seed = 0;                        // of the schedule

private:
    struct Shared;
    std::uint32_t capacity_;
    std::size_t bytes_;
    Shared* shared_;
};

extern TraceRing* g_trace;  // of this process; null: nobody asked

void trace_running(TraceKind kind, std::uint8_t detail, std::uint32_t object, std::uint32_t amount, std::uint32_t extra);

inline void trace(
    TraceKind kind, std::uint8_t detail, std::uint32_t object, std::uint32_t amount, std::uint32_t extra = 0) {
    if (g_trace != nullptr) [[unlikely]] {
        trace_running(kind, detail, object, amount, extra);
    }
}

inline void trace_step() {
    if (g_trace != nullptr) [[unlikely]] {
        g_trace->count_step();
    }
}

}  // namespace op_emulator

#include "scheduler.hpp"

#include "fault_channel.hpp"
#include "trace.hpp"

unsigned char* op_emulator_l1_base = nullptr;
std::uint32_t op_emulator_l1_size = 0;

namespace op_emulator {
namespace {

Fibre* g_running = nullptr;
// A kernel that polls this often while nobody does anything else will poll for ever.
constexpr std::uint64_t kIdlePolls = 200000;

std::uint64_t scramble(std::uint64_t& state) {  // xorshift64*
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1Dull;
}

void fibre_main(void* argument) {
    auto* fibre = static_cast<Fibre*>(argument);
    fibre->entry();
    scheduler().finish();
}

std::string describe_wait(const Fibre& fibre) {
    const CbState* cb = fibre.wait_buffer;
    if (fibre.wait == WaitKind::Front) {
        return "cb_wait_front(" + cb_name(cb->index, fibre.context.kernel) + ", " + std::to_string(fibre.wait_amount) + "): " +
               std::to_string(cb->available()) + " of " + std::to_string(cb->pages) + " pages available";
    }
    if (fibre.wait == WaitKind::Back) {
        return "cb_reserve_back(" + cb_name(cb->index, fibre.context.kernel) + ", " + std::to_string(fibre.wait_amount) + "): " +
               std::to_string(cb->free()) + " of " + std::to_string(cb->pages) + " pages free";
    }
    const auto* word = reinterpret_cast<const volatile std::uint32_t*>(fibre.context.core_state->l1 + fibre.wait_address);
    return semaphore_name(fibre.wait_address) + ": waits for " + (fibre.wait_at_least ? "at least " : "") +
           std::to_string(fibre.wait_amount) + ", it holds " + std::to_string(*word);
}

void trace_leaving(const Fibre& fibre) {
    TraceEvent event;
    event.kind = TraceKind::Left;
    event.amount = fibre.wait_amount;
    event.object = fibre.wait == WaitKind::Semaphore ? fibre.wait_address : 0;
    if (fibre.wait == WaitKind::Front || fibre.wait == WaitKind::Back) {
        event.object = fibre.wait_buffer->index;
    }
    // The kinds of waiting have the same numbers here and there.
    event.detail = fibre.done ? static_cast<std::uint8_t>(TraceWait::Done) : static_cast<std::uint8_t>(fibre.wait);
    g_trace->record(fibre, event);
}

const char* deadlock_hint(const Fibre& fibre) {
    switch (fibre.wait) {
        case WaitKind::Front:
            return "the producer pushed fewer pages than this kernel waits for, or stopped before: compare loop counts";
        case WaitKind::Back: return "the consumer pops fewer pages than this kernel pushes: compare loop counts";
        default: return "no kernel that can still run sets this semaphore";
    }
}

}  // namespace

Fibre& running_fibre() { return *g_running; }
KernelContext& current() { return g_running->context; }

Scheduler::Scheduler(std::uint64_t seed) : random_(seed == 0 ? 0 : seed * 0x9E3779B97F4A7C15ull | 1) {}

void Scheduler::add(std::unique_ptr<Fibre> fibre) {
    fibre->number = static_cast<std::uint32_t>(fibres_.size());
    fibres_.push_back(std::move(fibre));
    if (fibres_.size() > ready_.size()) {
        ready_.resize(ready_.empty() ? 16 : ready_.size() * 2);  // nothing runs yet, so head_ is still 0
    }
    make_ready(*fibres_.back());
}

void Scheduler::make_ready(Fibre& fibre) {
    if (g_trace != nullptr) [[unlikely]] {
        g_trace->record(fibre, {.kind = TraceKind::Ready});
    }
    fibre.wait = WaitKind::None;
    ready_[(head_ + count_++) & (ready_.size() - 1)] = &fibre;
}

Fibre* Scheduler::take_ready() {
    if (count_ == 0) {
        return nullptr;
    }
    const std::size_t mask = ready_.size() - 1;
    if (random_ != 0) {
        std::swap(ready_[head_ & mask], ready_[(head_ + scramble(random_) % count_) & mask]);
    }
    --count_;
    return ready_[head_++ & mask];
}

void Scheduler::continue_with(FibreContext& from, Fibre* next) {
    ++switches_;
    running_ = g_running = next;
    op_emulator_l1_base = reinterpret_cast<unsigned char*>(next->context.core_state->l1);
    trace_step();
    trace(TraceKind::Resumed, 0, 0, 0);
    fibre_switch(from, next->machine);
}

void Scheduler::switch_away() {
    Fibre* self = running_;
    Fibre* next = take_ready();
    if (next == self) {
        return;
    }
    if (g_trace != nullptr) [[unlikely]] {
        trace_leaving(*self);
    }
    if (next != nullptr) {
        continue_with(self->machine, next);
    } else {
        fibre_switch(self->machine, main_);
    }
}

void Scheduler::block() {
    if (program().asynchronous) {  // what was written leaves the core sooner or later, whatever this kernel waits for
        settle_writes(*running_->context.core_state, risc_index(running_->context));
    }
    switch_away();
}

void Scheduler::yield() {
    make_ready(*running_);
    switch_away();
}

void Scheduler::count_poll(Where where) {
    if (++polls_ > kIdlePolls) {
        raise_fault(
            "non_termination", "polls for ever: nothing any kernel does can change what it polls for", where,
            "wait with cb_wait_front, cb_reserve_back or a semaphore wait instead of polling");
    }
}

void Scheduler::finish() {
    KernelContext& context = running_->context;
    check_transfers_at_end();
    if (context.compute != nullptr) {
        finish_compute_state(*context.compute, context.last_call);
        running_->compute = compute_use(*context.compute);
        destroy_compute_state(context.compute);
        context.compute = nullptr;
    }
    running_->done = true;
    note_progress();
    switch_away();
    __builtin_unreachable();
}

bool Scheduler::wake_satisfied_semaphores() {
    for (CoreState& core : program().cores) {
        wake_semaphore_waiters(core);
    }
    return count_ > 0;
}

void Scheduler::run_all() {
    for (auto& fibre : fibres_) {
        fibre_create(fibre->machine, *fibre->stack, fibre_main, fibre.get());
    }
    // A store through a plain pointer can satisfy a semaphore wait without any call, hence the second look.
    while (count_ > 0 || wake_satisfied_semaphores()) {
        continue_with(main_, take_ready());
    }
    std::vector<FaultRecord> stuck;
    for (const auto& fibre : fibres_) {
        if (!fibre->done) {
            stuck.push_back(make_record(
                fibre->context, "deadlock", describe_wait(*fibre) + "; this can never proceed", fibre->context.last_call,
                deadlock_hint(*fibre)));
        }
    }
    if (!stuck.empty()) {
        end_with_faults(stuck);
    }
}

}  // namespace op_emulator

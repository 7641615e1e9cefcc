// Run-to-block scheduling: a fibre runs until it must wait, so "nobody is ready" means deadlock, exactly.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core.hpp"

namespace op_emulator {

class Scheduler {
public:
    explicit Scheduler(std::uint64_t seed);
    void add(std::unique_ptr<Fibre> fibre);
    // Returns when every kernel has returned. Reports the deadlock table, and does not return, when they cannot.
    void run_all();

    void block();             // the running fibre has filled in its wait; returns when somebody made it ready
    void make_ready(Fibre&);  // also clears its wait
    void yield();             // the running fibre goes to the end of the queue
    void note_progress() { polls_ = 0; }
    void count_poll(Where where);
    [[noreturn]] void finish();  // the running fibre's kernel has returned

    bool is_running() const { return running_ != nullptr; }  // a kernel, not the set-up
    const std::vector<std::unique_ptr<Fibre>>& fibres() const { return fibres_; }
    std::uint64_t switches() const { return switches_; }

private:
    Fibre* take_ready();
    void switch_away();
    bool wake_satisfied_semaphores();
    void continue_with(FibreContext& from, Fibre* next);

    std::vector<std::unique_ptr<Fibre>> fibres_;
    std::vector<Fibre*> ready_;  // ring with a power-of-two capacity
    std::size_t head_ = 0, count_ = 0;
    FibreContext main_;
    Fibre* running_ = nullptr;
    std::uint64_t random_ = 0;  // 0: first come, first served
    std::uint64_t switches_ = 0, polls_ = 0;
};

Scheduler& scheduler();
bool scheduler_exists();

}  // namespace op_emulator

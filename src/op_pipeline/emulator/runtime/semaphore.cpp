// Semaphores: words in L1. Whoever writes one wakes the fibres of that core whose condition now holds.
#include <cstring>

#include "scheduler.hpp"
#include "trace.hpp"

namespace op_emulator {
namespace {

std::uint32_t load(const CoreState& core, std::uint32_t address) {
    std::uint32_t word = 0;
    std::memcpy(&word, core.l1 + address, sizeof word);
    return word;
}

bool satisfied(std::uint32_t held, std::uint32_t wanted, bool at_least) {
    return at_least ? held >= wanted : held == wanted;
}

void check_word(std::uint32_t address, Where where) {
    if (address % 4 != 0 || address + 4 > op_emulator_l1_size) {
        raise_fault("semaphore_undeclared", "no semaphore at L1 address " + hex(address), where,
                    "take the address from get_semaphore(id)");
    }
}

}  // namespace

std::string semaphore_name(std::uint32_t address) {
    for (const SemaphoreImage& semaphore : program().image->semaphores) {
        if (semaphore.address == address) {
            return "semaphore " + std::to_string(semaphore.id);
        }
    }
    return "semaphore at " + hex(address);
}

void wake_semaphore_waiters(CoreState& core) {
    for (Fibre*& fibre : core.waiting_on_semaphore) {
        if (fibre != nullptr &&
            satisfied(load(core, fibre->wait_address), fibre->wait_amount, fibre->wait_at_least)) {
            scheduler().make_ready(*fibre);
            fibre = nullptr;
        }
    }
}

namespace abi {

std::uint32_t semaphore_address(std::uint32_t id, Where where) {
    const KernelContext& self = enter_call(where);
    for (const SemaphoreImage& semaphore : program().image->semaphores) {
        if (semaphore.id != id) {
            continue;
        }
        for (const CoreXY& core : semaphore.cores) {
            if (core == self.core) {
                return semaphore.address;
            }
        }
    }
    raise_fault("semaphore_undeclared", "semaphore " + std::to_string(id) + " is not declared for this core", where,
                "the program descriptor must declare the semaphore on every core that uses it");
}

void semaphore_set(std::uint32_t address, std::uint32_t value, Where where) {
    enter_call(where);
    check_word(address, where);
    trace(TraceKind::Semaphore, 0, address, value);
    std::memcpy(running_core().l1 + address, &value, sizeof value);
    scheduler().note_progress();
    wake_semaphore_waiters(running_core());
}

std::uint32_t semaphore_value(std::uint32_t address, Where where) {
    enter_call(where);
    check_word(address, where);
    scheduler().count_poll(where);
    scheduler().yield();  // a value is usually read in a loop
    return load(running_core(), address);
}

void semaphore_wait(std::uint32_t address, std::uint32_t value, bool at_least, Where where) {
    const KernelContext& self = enter_call(where);
    check_word(address, where);
    CoreState& core = running_core();
    // A waker may run before this fibre does, and another kernel change the word again in between.
    while (!satisfied(load(core, address), value, at_least)) {
        Fibre& fibre = running_fibre();
        fibre.wait = WaitKind::Semaphore;
        fibre.wait_address = address;
        fibre.wait_amount = value;
        fibre.wait_at_least = at_least;
        core.waiting_on_semaphore[risc_index(self)] = &fibre;
        scheduler().block();
        if (!at_least) {
            return;  // an exact wait was satisfied when it was woken
        }
    }
}

void mailbox_write(std::uint32_t value, Where where) {
    const KernelContext& self = enter_call(where);
    running_core().mailboxes[self.risc == Risc::TRISC ? 0 : 1].push_back(value);
    scheduler().note_progress();
}

std::uint32_t mailbox_read(bool from_data_movement, Where where) {
    enter_call(where);
    std::deque<std::uint32_t>& box = running_core().mailboxes[from_data_movement ? 1 : 0];
    while (box.empty()) {
        scheduler().count_poll(where);
        scheduler().yield();
    }
    const std::uint32_t value = box.front();
    box.pop_front();
    return value;
}

void semaphore_add(std::uint32_t address, std::int32_t difference, Where where) {
    enter_call(where);
    check_word(address, where);
    const std::uint32_t word = load(running_core(), address) + static_cast<std::uint32_t>(difference);
    trace(TraceKind::Semaphore, 1, address, static_cast<std::uint32_t>(difference));
    std::memcpy(running_core().l1 + address, &word, sizeof word);
    scheduler().note_progress();
    wake_semaphore_waiters(running_core());
}

}  // namespace abi
}  // namespace op_emulator

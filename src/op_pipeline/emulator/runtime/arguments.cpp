// Arguments, coordinates and the refusals kernels' inline helpers call.
#include "scheduler.hpp"

namespace op_emulator {
namespace {

std::uint32_t checked(
    const std::vector<std::uint32_t>& words, std::int32_t index, const char* function, const char* kind, Where where) {
    if (index < 0 || static_cast<std::size_t>(index) >= words.size()) {
        raise_fault(
            "runtime_argument",
            std::string(function) + "(" + std::to_string(index) + "): only " + std::to_string(words.size()) + " " + kind +
                " were set for this core",
            where, "the program factory must set every argument on every core that runs the kernel");
    }
    return words[static_cast<std::size_t>(index)];
}

const std::vector<std::uint32_t>& own_arguments() {
    static const std::vector<std::uint32_t> none;
    const auto* words = running_fibre().arguments;
    return words == nullptr ? none : *words;
}

std::uint32_t copy_address(std::int32_t index, bool common) {
    return kArgumentBase + risc_index(current()) * kArgumentBytes + (common ? kArgumentBytes / 2 : 0) +
           static_cast<std::uint32_t>(index) * 4;
}

}  // namespace

const char* risc_name(Risc risc) {
    switch (risc) {
        case Risc::BRISC: return "BRISC";
        case Risc::NCRISC: return "NCRISC";
        default: return "TRISC";
    }
}

std::string hex(std::uint64_t value) {
    std::string text;
    do {
        text.insert(text.begin(), "0123456789abcdef"[value & 15]);
        value >>= 4;
    } while (value != 0);
    return "0x" + text;
}

std::string plural(std::uint32_t count, const char* noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

namespace abi {

std::uint32_t argument(std::int32_t index, Where where) {
    enter_call(where);
    return checked(own_arguments(), index, "get_arg_val", "runtime args", where);
}

std::uint32_t common_argument(std::int32_t index, Where where) {
    const KernelContext& self = enter_call(where);
    return checked(self.kernel->common_runtime_args, index, "get_common_arg_val", "common runtime args", where);
}

std::uint32_t argument_address(std::int32_t index, Where where) {
    enter_call(where);
    checked(own_arguments(), index, "get_arg_addr", "runtime args", where);
    return copy_address(index, false);
}

std::uint32_t common_argument_address(std::int32_t index, Where where) {
    const KernelContext& self = enter_call(where);
    checked(self.kernel->common_runtime_args, index, "get_common_arg_addr", "common runtime args", where);
    return copy_address(index, true);
}

std::uint32_t logical_x() { return current().core.x; }
std::uint32_t logical_y() { return current().core.y; }
std::uint32_t relative_x() { return current().core.x - running_fibre().first_core.x; }
std::uint32_t relative_y() { return current().core.y - running_fibre().first_core.y; }

void begin_call(Where where) { enter_call(where); }

void poll(Where where) {
    enter_call(where);
    scheduler().count_poll(where);
    scheduler().yield();
}

void pointer_outside_l1(std::uint64_t value, Where where) {
    enter_call(where);
    raise_fault(
        "l1_pointer",
        "pointer to L1 address " + hex(value) + " is outside the " + std::to_string(op_emulator_l1_size) + " byte L1", where,
        "an L1 address comes from get_write_ptr, get_read_ptr or get_semaphore, not from a NOC address");
}

void pointer_not_in_l1(const volatile void*, Where where) {
    enter_call(where);
    raise_fault(
        "l1_pointer", "a pointer to a local or global variable has no L1 address", where,
        "keep data the NOC shall move in a circular buffer");
}

void assertion_failed(const char* condition, Where where) {
    enter_call(where);
    raise_fault("assertion", "ASSERT(" + std::string(condition) + ") failed", where);
}

void not_modelled(const char* name, const char* instead, Where where) {
    enter_call(where);
    raise_fault("not_modelled", std::string(name) + " is not modelled by the emulator", where, instead);
}

}  // namespace abi
}  // namespace op_emulator

// Transfers that take a part of their settings from an earlier call: coordinates, size, transaction id.
#include "noc_transfers.hpp"

namespace op_emulator {
namespace {

// The state that a transfer of this kind may build on.
const CommandState& state_for(bool write, std::uint8_t noc, std::uint32_t bytes, Where where) {
    check_call(1, noc, where);
    const Transfers& transfers = own_transfers();
    const CommandState& state = write ? transfers.write_state[noc] : transfers.read_state[noc];
    const std::string kind = write ? "write" : "read";
    if (!state.is_set) {
        raise_fault(
            "noc_state", "a " + kind + " with state on NOC " + std::to_string(noc) + ", but nothing set that state", where,
            "call noc.set_async_" + kind + "_state(...) on the same NOC first");
    }
    if (state.is_disturbed) {
        raise_fault(
            "noc_state",
            "a " + kind + " with the state of line " + std::to_string(state.set.line) + ", but the plain " + kind +
                " at line " + std::to_string(state.disturbed.line) + " has changed it since",
            where, "set the state again after other " + kind + "s on the same NOC, or make those with state as well");
    }
    if (bytes == 0 && state.bytes == 0) {
        raise_fault(
            "noc_state", "a " + kind + " of one packet takes its size from the state, but line " +
                             std::to_string(state.set.line) + " set none",
            where, "set the state with the size of the packet");
    }
    return state;
}

}  // namespace

namespace abi {

void noc_set_state(bool write, std::uint64_t remote, std::uint32_t bytes, std::uint8_t noc, Where where) {
    enter_call(where);
    check_call(1, noc, where);
    if (write) {
        check_not_linked(noc, where);
    }
    Transfers& transfers = own_transfers();
    CommandState& state = write ? transfers.write_state[noc] : transfers.read_state[noc];
    state.is_set = true;
    state.is_disturbed = false;
    state.coordinates = remote >> 32;
    state.bytes = bytes;
    state.set = where;
}

void noc_read_with_state(
    std::uint32_t source, std::uint32_t destination, std::uint32_t bytes, std::uint8_t noc, std::uint32_t transaction_id,
    Where where) {
    enter_call(where);
    const CommandState& state = state_for(false, noc, bytes, where);
    start_read(
        state.coordinates << 32 | source, destination, bytes != 0 ? bytes : state.bytes, noc, transaction_id, where);
}

void noc_write_with_state(
    std::uint32_t source, std::uint32_t destination, std::uint32_t bytes, std::uint8_t noc, bool posted,
    std::uint32_t transaction_id, Where where) {
    enter_call(where);
    const CommandState& state = state_for(true, noc, bytes, where);
    start_write(
        source, state.coordinates << 32 | destination, bytes != 0 ? bytes : state.bytes, noc, posted, transaction_id, where);
}

void noc_empty_transfer(Where where) {
    enter_call(where);
    check_call(0, 0, where);
    __builtin_unreachable();  // a size of 0 is a fault
}

void noc_more_than_a_packet(std::uint32_t bytes, Where where) {
    enter_call(where);
    raise_fault(
        "noc_size", "one packet of " + std::to_string(bytes) + " bytes: the NOC sends at most 8192 in one", where,
        "use the form without one_packet in its name, or send several packets");
}

void noc_set_transaction_id(bool write, std::uint32_t transaction_id, std::uint8_t noc, Where where) {
    enter_call(where);
    check_call(1, noc, where);
    check_transaction_id(transaction_id, where);
    Transfers& transfers = own_transfers();
    (write ? transfers.write_state[noc] : transfers.read_state[noc]).transaction_id = transaction_id;
}

}  // namespace abi
}  // namespace op_emulator

// The NOC, from one core to a rectangle of them, and words that go without a source in L1: inline writes, semaphores.
#include <cstring>

#include "noc_transfers.hpp"
#include "trace.hpp"

namespace op_emulator {
namespace {

std::string corner(NocXY xy) { return "(" + std::to_string(xy.x) + "," + std::to_string(xy.y) + ")"; }

// NOC 0 runs towards higher coordinates, NOC 1 towards lower ones. A rectangle given the other way round goes round the
// edge of the chip, over cores that nobody meant and over such as are none.
void check_corners(NocXY from, NocXY to, std::uint8_t noc, Where where) {
    const bool up = from.x <= to.x && from.y <= to.y, down = from.x >= to.x && from.y >= to.y;
    if (noc == 0 ? up : down) {
        return;
    }
    raise_fault(
        "noc_coordinates",
        "multicast rectangle from " + corner(from) + " to " + corner(to) + " on NOC " + std::to_string(noc) +
            ", which runs towards " + (noc == 0 ? "higher" : "lower") + " coordinates",
        where,
        noc == 0 ? "on NOC 0 the start is the upper left corner and the end the lower right one"
                 : "on NOC 1 the corners are swapped: the start is the lower right one");
}

// Calls visit(Remote) for each core of the rectangle but, unless asked for, the sender. Returns how many there were.
template <class Visit>
std::uint32_t for_each_destination(
    std::uint64_t address, std::uint32_t bytes, bool include_source, std::uint8_t noc, Where where, Visit&& visit) {
    NocXY from = noc_start_xy(address), to = noc_xy(address);
    check_corners(from, to, noc, where);
    if (noc == 1) {
        std::swap(from, to);
    }
    std::uint32_t count = 0;
    for (std::uint32_t y = from.y; y <= to.y; ++y) {
        for (std::uint32_t x = from.x; x <= to.x; ++x) {
            if (!include_source && abi::is_own_coordinate(x, y)) {
                continue;
            }
            visit(resolve_destination({x, y}, noc_offset(address), bytes, where));
            ++count;
        }
    }
    return count;
}

void check_destinations(std::uint32_t given, std::uint32_t actual, bool include_source, Where where) {
    if (given != actual) {
        raise_fault(
            "multicast_count",
            "multicast to " + std::to_string(given) + " destinations, but the rectangle has " + std::to_string(actual) +
                (include_source ? " cores, the sender among them" : " cores besides the sender"),
            where, "count the cores of the rectangle; the sender counts only when it is included");
    }
}

void send_to_all(
    std::uint32_t source, std::uint64_t destination, std::uint32_t bytes, std::uint32_t destinations, bool include_source,
    bool linked, std::uint8_t noc, Where where) {
    check_call(bytes, noc, where);
    check_alignment(noc_offset(destination), source, bytes == 4 ? 4 : kL1Alignment, "NOC multicast", where);
    check_source(source, bytes, where);
    settle_writes(running_core(), risc_index(current()));
    const std::uint32_t count =
        for_each_destination(destination, bytes, include_source, noc, where, [&](const Remote& remote) {
            std::memmove(remote.memory, running_core().l1 + source, bytes);
            touched(remote);
        });
    check_destinations(destinations, count, include_source, where);
    running_fibre().noc.written += std::uint64_t{bytes} * count;
    running_fibre().noc.multicast += std::uint64_t{bytes} * count;
    trace(TraceKind::Multicast, 0, count, bytes);
    Transfers& transfers = own_transfers();
    transfers.writes.push_back(
        {source, bytes, noc, false, false, transfers.write_state[noc].transaction_id, nullptr, where});
    LinkedMulticast& chain = transfers.linked[noc];
    if (linked && !chain.is_open) {
        chain.opened = where;
    }
    chain.is_open = linked;
}

void check_word(const Remote& remote, Where where) {
    if (remote.offset % 4 != 0) {
        raise_fault("noc_alignment", "inline write to " + hex(remote.offset) + ", which is not a word address", where);
    }
    if (remote.where.kind == BankKind::Dram) {
        raise_fault("noc_address", "inline writes go to L1, not to DRAM", where, "write the word through L1 with async_write");
    }
}

void store_bytes(const Remote& remote, std::uint32_t value, std::uint8_t byte_enable, Where where) {
    check_word(remote, where);
    for (unsigned i = 0; i < 4; ++i) {
        if ((byte_enable >> i & 1) != 0) {
            remote.memory[i] = static_cast<std::byte>(value >> 8 * i);
        }
    }
    running_fibre().noc.written += 4;
    trace(TraceKind::Write, 0, static_cast<std::uint32_t>(remote.offset), 4);
    touched(remote);
}

void add_to_word(const Remote& remote, std::uint32_t value) {
    std::uint32_t word = 0;
    std::memcpy(&word, remote.memory, sizeof word);
    word += value;
    std::memcpy(remote.memory, &word, sizeof word);
    touched(remote);
}

}  // namespace

namespace abi {

void noc_write_multicast(
    std::uint32_t source, std::uint64_t destination, std::uint32_t bytes, std::uint32_t destinations, bool include_source,
    bool linked, std::uint8_t noc, Where where) {
    enter_call(where);
    send_to_all(source, destination, bytes, destinations, include_source, linked, noc, where);
    own_transfers().write_state[noc].plain_transfer(destination, bytes, where);
}

void semaphore_send_multicast(
    std::uint32_t source, std::uint64_t destination, std::uint32_t destinations, bool include_source, bool linked,
    std::uint8_t noc, Where where) {
    enter_call(where);
    send_to_all(source, destination, 4, destinations, include_source, linked, noc, where);
}

void semaphore_send(std::uint32_t source, std::uint64_t destination, std::uint8_t noc, Where where) {
    enter_call(where);
    start_write(source, destination, 4, noc, false, kNoTransactionId, where);
}

void noc_write_word(
    std::uint64_t destination, std::uint32_t value, std::uint8_t byte_enable, std::uint8_t noc, bool posted, Where where) {
    enter_call(where);
    check_call(4, noc, where);
    store_bytes(resolve(destination, 4, where), value, byte_enable, where);
    if (!posted) {
        count_unacknowledged(own_transfers().departed, noc, 0, where);
    }
}

void noc_write_word_multicast(
    std::uint64_t destination, std::uint32_t value, std::uint8_t byte_enable, std::uint32_t destinations, std::uint8_t noc,
    bool posted, Where where) {
    enter_call(where);
    check_call(4, noc, where);
    const std::uint32_t count = for_each_destination(
        destination, 4, false, noc, where, [&](const Remote& remote) { store_bytes(remote, value, byte_enable, where); });
    check_destinations(destinations, count, false, where);
    running_fibre().noc.multicast += std::uint64_t{4} * count;
    if (!posted) {
        count_unacknowledged(own_transfers().departed, noc, 0, where);
    }
}

void semaphore_increment(std::uint64_t destination, std::uint32_t value, std::uint8_t noc, bool posted, Where where) {
    enter_call(where);
    check_call(4, noc, where);
    settle_writes(running_core(), risc_index(current()));
    const Remote remote = resolve(destination, 4, where);
    check_word(remote, where);
    add_to_word(remote, value);
    trace(TraceKind::Semaphore, 2, static_cast<std::uint32_t>(remote.offset), value);
    if (!posted) {
        count_unacknowledged(own_transfers().atomics, noc, 0, where);
    }
}

void semaphore_increment_multicast(
    std::uint64_t destination, std::uint32_t value, std::uint32_t destinations, std::uint8_t noc, bool posted, Where where) {
    enter_call(where);
    check_call(4, noc, where);
    settle_writes(running_core(), risc_index(current()));
    const std::uint32_t count = for_each_destination(
        destination, 4, false, noc, where, [&](const Remote& remote) { add_to_word(remote, value); });
    check_destinations(destinations, count, false, where);
    if (!posted) {
        count_unacknowledged(own_transfers().atomics, noc, 0, where);
    }
}

}  // namespace abi
}  // namespace op_emulator

// The NOC: reads, writes and atomics between cores and DRAM. Data moves at once, or in asynchronous mode at the barrier;
// either way the transfer stays outstanding until the kernel has asked for its end.
#include <algorithm>
#include <cstring>

#include "noc_transfers.hpp"
#include "trace.hpp"
#include "unwritten.hpp"

namespace op_emulator {
namespace {

void refuse_overlap(
    const std::vector<Transfer>& outstanding, std::uint32_t address, std::uint32_t bytes, const char* fault_class,
    const char* what, const char* hint, Where where) {
    if (!program().options.checks) [[unlikely]] {
        return;
    }
    for (const Transfer& transfer : outstanding) {
        if (transfer.overlaps(address, bytes)) {
            raise_fault(
                fault_class, std::string(what) + " issued at line " + std::to_string(transfer.issued.line), where, hint);
        }
    }
}

bool matches(std::uint8_t noc, std::uint32_t wanted, std::uint8_t its_noc, std::uint32_t its_id) {
    return noc == its_noc && (wanted == abi::kNoTransactionId || wanted == its_id);
}

void land(Transfer& read, std::byte* l1) {
    if (read.pending) {
        std::memmove(l1 + read.local, read.remote, read.bytes);
        read.pending = false;
    }
}

void leave(Transfer& write, std::byte* l1) {
    if (write.pending) {
        std::memmove(write.remote, l1 + write.local, write.bytes);
        write.pending = false;
    }
}

void finish_reads(std::uint8_t noc, std::uint32_t transaction_id) {
    CoreState& core = running_core();
    std::erase_if(own_transfers().reads, [&](Transfer& read) {
        if (!matches(noc, transaction_id, read.noc, read.transaction_id)) {
            return false;
        }
        land(read, core.l1);
        return true;
    });
}

enum class Posted { No, Yes, Both };

void depart_writes(std::uint8_t noc, std::uint32_t transaction_id, Posted which) {
    CoreState& core = running_core();
    Transfers& transfers = own_transfers();
    std::erase_if(transfers.writes, [&](Transfer& write) {
        if (!matches(noc, transaction_id, write.noc, write.transaction_id) ||
            (which == Posted::No && write.posted) || (which == Posted::Yes && !write.posted)) {
            return false;
        }
        leave(write, core.l1);
        if (!write.posted) {  // nobody acknowledges a posted write
            count_unacknowledged(transfers.departed, write.noc, write.transaction_id, write.issued);
        }
        return true;
    });
}

void forget(std::vector<Unacknowledged>& list, std::uint8_t noc, std::uint32_t transaction_id) {
    std::erase_if(list, [&](const Unacknowledged& entry) {
        return matches(noc, transaction_id, entry.noc, entry.transaction_id);
    });
}

}  // namespace

void check_call(std::uint32_t bytes, std::uint8_t noc, Where where) {
    if (bytes == 0) {
        raise_fault("noc_size", "a NOC transfer of 0 bytes hangs the NOC", where, "skip empty transfers");
    }
    if (noc > 1) {
        raise_fault("noc_coordinates", "there is no NOC " + std::to_string(noc), where, "NOC 0 or 1");
    }
}

void check_alignment(std::uint64_t remote, std::uint32_t local, std::uint32_t alignment, const char* what, Where where) {
    if ((remote & (alignment - 1)) != (local & (alignment - 1))) {
        raise_fault(
            "noc_alignment",
            std::string(what) + ": remote address " + hex(remote) + " and L1 address " + hex(local) +
                " differ modulo " + std::to_string(alignment) + " bytes",
            where, "both ends of a transfer must have the same offset within the alignment: align page sizes and addresses");
    }
}

void check_source(std::uint32_t source, std::uint32_t bytes, Where where) {
    check_local_read(source, bytes, where);
    refuse_overlap(
        own_transfers().reads, source, bytes, "missing_read_barrier", "writes out data that is still being filled by a NOC read",
        "call noc.async_read_barrier() before using what was read", where);
    check_source_is_written(source, bytes, where);
}

void check_not_linked(std::uint8_t noc, Where where) {
    const LinkedMulticast& linked = own_transfers().linked[noc];
    if (linked.is_open) {
        raise_fault(
            "noc_linked",
            "the linked multicast of line " + std::to_string(linked.opened.line) +
                " holds its path until one that is not linked follows; anything else hangs the NOC",
            where, "send the last multicast of the chain with linked = false first");
    }
}

void check_transaction_id(std::uint32_t transaction_id, Where where) {
    if (transaction_id != abi::kNoTransactionId && transaction_id > kMostTransactionId) {
        raise_fault(
            "bad_argument", "transaction id " + std::to_string(transaction_id) + ": the NOC has 0 to " +
                                std::to_string(kMostTransactionId), where);
    }
}

void count_unacknowledged(
    std::vector<Unacknowledged>& list, std::uint8_t noc, std::uint32_t transaction_id, Where first) {
    for (Unacknowledged& entry : list) {
        if (entry.noc == noc && entry.transaction_id == transaction_id) {
            ++entry.count;
            return;
        }
    }
    list.push_back({noc, transaction_id, 1, first});
}

void touched(const Remote& remote) {
    scheduler().note_progress();
    if (remote.where.kind == BankKind::L1) {
        wake_semaphore_waiters(program().cores[remote.where.bank]);
    }
}

void settle_writes(CoreState& core, unsigned risc) {
    for (Transfer& write : core.transfers[risc].writes) {
        leave(write, core.l1);
    }
}

void check_transfers_at_end() {
    const Transfers& transfers = own_transfers();
    const auto refuse = [](const char* fault_class, const char* what, Where issued, const char* hint) {
        raise_fault(fault_class, "the kernel ends while a NOC " + std::string(what) + " issued at line " +
                    std::to_string(issued.line) + " is outstanding", issued, hint);
    };
    if (!transfers.reads.empty()) {
        refuse("missing_read_barrier", "read", transfers.reads.front().issued,
               "call noc.async_read_barrier() before the kernel returns");
    }
    if (!transfers.writes.empty()) {
        refuse("missing_write_barrier", "write", transfers.writes.front().issued,
               "call noc.async_write_barrier() before the kernel returns");
    }
    if (!transfers.departed.empty()) {
        refuse("missing_write_barrier", "write that nobody has acknowledged,", transfers.departed.front().first,
               "flushed means departed, not arrived: call noc.async_write_barrier() before the kernel returns");
    }
    for (const LinkedMulticast& linked : transfers.linked) {
        if (linked.is_open) {
            raise_fault(
                "noc_linked", "the kernel ends, but the chain of linked multicasts begun at line " +
                                  std::to_string(linked.opened.line) + " has no last one: its path stays reserved",
                linked.opened, "send the last multicast of the chain with linked = false");
        }
    }
    if (!transfers.atomics.empty()) {
        refuse("missing_atomic_barrier", "semaphore increment", transfers.atomics.front().first,
               "call noc.async_atomic_barrier() before the kernel returns");
    }
}

void start_read(
    std::uint64_t source, std::uint32_t destination, std::uint32_t bytes, std::uint8_t noc, std::uint32_t transaction_id,
    Where where) {
    check_call(bytes, noc, where);
    check_transaction_id(transaction_id, where);
    const Remote remote = resolve(source, bytes, where);
    check_alignment(
        remote.offset, destination, remote.where.kind == BankKind::Dram ? kDramReadAlignment : kL1Alignment, "NOC read",
        where);
    check_local_write(destination, bytes, where);
    Transfers& transfers = own_transfers();
    refuse_overlap(
        transfers.writes, destination, bytes, "missing_write_barrier",
        "reads into L1 that is still the source of a NOC write", "call noc.async_writes_flushed() before reusing the memory",
        where);
    check_remote_is_written(remote, bytes, where);
    const bool dram = remote.where.kind == BankKind::Dram;
    NocCounts& counts = running_fibre().noc;
    counts.read += bytes;
    counts.read_dram += dram ? bytes : 0;
    trace(TraceKind::Read, dram, destination, bytes);
    std::byte* const local = running_core().l1 + destination;
    const bool pending = program().asynchronous;
    if (pending) {
        std::memset(local, 0xFF, bytes);
    } else {
        std::memmove(local, remote.memory, bytes);
    }
    std::uint32_t& in_force = transfers.read_state[noc].transaction_id;
    if (transaction_id != abi::kNoTransactionId) {
        in_force = transaction_id;  // it stays in the command buffer
    }
    transfers.reads.push_back({destination, bytes, noc, false, pending, in_force, remote.memory, where});
    scheduler().note_progress();
}

void start_write(
    std::uint32_t source, std::uint64_t destination, std::uint32_t bytes, std::uint8_t noc, bool posted,
    std::uint32_t transaction_id, Where where) {
    check_call(bytes, noc, where);
    check_transaction_id(transaction_id, where);
    check_not_linked(noc, where);
    const Remote remote = resolve(destination, bytes, where);
    check_alignment(
        remote.offset, source, remote.where.kind == BankKind::Dram ? kDramWriteAlignment : kL1Alignment, "NOC write", where);
    check_source(source, bytes, where);
    const bool dram = remote.where.kind == BankKind::Dram;
    NocCounts& counts = running_fibre().noc;
    counts.written += bytes;
    counts.written_dram += dram ? bytes : 0;
    trace(TraceKind::Write, dram, source, bytes);
    const bool pending = program().asynchronous;
    Transfers& transfers = own_transfers();
    std::uint32_t& in_force = transfers.write_state[noc].transaction_id;
    if (transaction_id != abi::kNoTransactionId) {
        in_force = transaction_id;
    }
    transfers.writes.push_back({source, bytes, noc, posted, pending, in_force, remote.memory, where});
    if (!pending) {
        std::memmove(remote.memory, running_core().l1 + source, bytes);
        touched(remote);
    }
}

namespace abi {

void noc_read(
    std::uint64_t source, std::uint32_t destination, std::uint32_t bytes, std::uint8_t noc, std::uint32_t transaction_id,
    Where where) {
    enter_call(where);
    start_read(source, destination, bytes, noc, transaction_id, where);
    own_transfers().read_state[noc].plain_transfer(source, bytes, where);
}

void noc_write(
    std::uint32_t source, std::uint64_t destination, std::uint32_t bytes, std::uint8_t noc, bool posted,
    std::uint32_t transaction_id, Where where) {
    enter_call(where);
    start_write(source, destination, bytes, noc, posted, transaction_id, where);
    own_transfers().write_state[noc].plain_transfer(destination, bytes, where);
}

void noc_write_zeros(std::uint32_t address, std::uint32_t bytes, std::uint8_t noc, Where where) {
    enter_call(where);
    check_call(bytes, noc, where);
    check_local_write(address, bytes, where);
    std::memset(running_core().l1 + address, 0, bytes);
    Transfers& transfers = own_transfers();  // the device reads a block of zeros of its own, over and over
    transfers.reads.push_back(
        {address, bytes, noc, false, false, transfers.read_state[noc].transaction_id, nullptr, where});
    transfers.read_state[noc].plain_transfer(own_address(0), 0, where);
}

void noc_barrier(Barrier kind, std::uint8_t noc, std::uint32_t transaction_id, Where where) {
    enter_call(where);
    trace(TraceKind::Barrier, static_cast<std::uint8_t>(kind), 0, 0);
    Transfers& transfers = own_transfers();
    if (kind == Barrier::Reads || kind == Barrier::Full) {
        finish_reads(noc, transaction_id);
    }
    if (kind == Barrier::PostedWritesDeparted || kind == Barrier::Full) {
        depart_writes(noc, transaction_id, Posted::Yes);
    }
    if (kind == Barrier::Writes || kind == Barrier::WritesDeparted || kind == Barrier::Full) {
        depart_writes(noc, transaction_id, Posted::No);
    }
    if (kind == Barrier::Writes || kind == Barrier::Full) {
        forget(transfers.departed, noc, transaction_id);
    }
    if (kind == Barrier::Atomics || kind == Barrier::Full) {
        forget(transfers.atomics, noc, transaction_id);
    }
}

bool noc_reads_landed(std::uint8_t noc, std::uint32_t transaction_id, Where where) {
    enter_call(where);
    finish_reads(noc, transaction_id);
    return true;
}

std::uint64_t bank_address(bool dram, std::uint32_t bank, std::uint64_t offset, Where where) {
    const Device& device = *program().device;
    const BankKind kind = dram ? BankKind::Dram : BankKind::L1;
    if (bank >= device.bank_count(kind)) {
        raise_fault(
            "noc_address", "there is no " + std::string(dram ? "DRAM" : "L1") + " bank " + std::to_string(bank), where);
    }
    return noc_address(bank_xy(device.shape(), kind, bank), offset);
}

std::uint32_t bank_count(bool dram) { return program().device->bank_count(dram ? BankKind::Dram : BankKind::L1); }

std::uint64_t own_address(std::uint32_t address) {
    const ChipShape& shape = program().device->shape();
    const CoreXY core = current().core;
    return noc_address({core.x + shape.noc_offset, core.y + shape.noc_offset}, address);
}

bool is_own_coordinate(std::uint32_t noc_x, std::uint32_t noc_y) {
    const std::uint32_t offset = program().device->shape().noc_offset;
    return current().core.x + offset == noc_x && current().core.y + offset == noc_y;
}

}  // namespace abi
}  // namespace op_emulator

// NOC address to memory: who answers there, and whether the range belongs to something alive.
#include <algorithm>

#include "scheduler.hpp"

namespace op_emulator {
namespace {

std::string spot(NocXY xy, std::uint64_t offset) {
    return "NOC (" + std::to_string(xy.x) + "," + std::to_string(xy.y) + ") address " + hex(offset);
}

[[noreturn]] void nobody_there(NocXY xy, Where where) {
    const ChipShape& shape = program().device->shape();
    const bool looks_logical = xy.x < shape.grid_x && xy.y < shape.grid_y;
    raise_fault(
        "noc_coordinates",
        "no core and no DRAM bank at NOC coordinates (" + std::to_string(xy.x) + "," + std::to_string(xy.y) + ")", where,
        looks_logical ? "these look like logical coordinates: pass the worker's NOC coordinates from the host, "
                        "device.worker_core_from_logical_core(core)"
                      : "build the address with a TensorAccessor or get_noc_addr(x, y, address)");
}

const CbState* buffer_of(const CoreState& core, std::uint64_t offset, std::uint32_t bytes) {
    for (const std::uint32_t index : core.declared) {
        const CbState& cb = core.buffers[index];
        if (offset >= cb.address && offset + bytes <= std::uint64_t{cb.address} + cb.total_size) {
            return &cb;
        }
    }
    return nullptr;
}

bool has_semaphore(const CoreState& core, std::uint64_t offset, std::uint32_t bytes) {
    return std::any_of(core.semaphores.begin(), core.semaphores.end(), [&](std::uint32_t semaphore) {
        return offset >= semaphore && offset + bytes <= semaphore + 16ull;
    });
}

bool in_buffers_of(const CoreState& core, std::uint64_t offset, std::uint32_t bytes) {
    return buffer_of(core, offset, bytes) != nullptr || has_semaphore(core, offset, bytes) ||
           in_scratchpad(core, offset, bytes);
}

// What the program declared there on some core: "c_1", "semaphore 2".
std::string declared_at(const CoreState& core, std::uint64_t offset, std::uint32_t bytes) {
    if (const CbState* const cb = buffer_of(core, offset, bytes)) {
        return cb_name(cb->index);
    }
    return has_semaphore(core, offset, bytes) ? semaphore_name(static_cast<std::uint32_t>(offset)) : "scratchpad";
}

// Who answers at these coordinates; looked up when they are first used.
const std::optional<BankLocation>& bank_of(NocXY xy) {
    constexpr std::uint32_t kSide = 64;
    struct Entry {
        bool known = false;
        std::optional<BankLocation> bank;
    };
    static std::vector<Entry> table(kSide * kSide);
    static const std::optional<BankLocation> nobody;
    if (xy.x >= kSide || xy.y >= kSide) {
        return nobody;
    }
    Entry& entry = table[xy.y * kSide + xy.x];
    if (!entry.known) {
        entry = {true, bank_at(program().device->shape(), xy)};
    }
    return entry.bank;
}

// The live buffer that has this range, whether or not it has a part in that bank.
const LiveBuffer* live_buffer(BankKind kind, std::uint64_t offset, std::uint64_t bytes) {
    static const LiveBuffer* last = nullptr;  // neighbouring transfers go to the same buffer; the table is fixed by now
    if (last != nullptr && last->holds(kind, offset, bytes)) {
        return last;
    }
    for (const LiveBuffer& buffer : program().device->live_buffers()) {
        if (buffer.holds(kind, offset, bytes)) {
            return last = &buffer;
        }
    }
    return nullptr;
}

// How many banks a sharded buffer has, and the first few of them.
std::string banks_of(const LiveBuffer& buffer) {
    constexpr std::size_t kMostNamed = 8;
    std::string text = plural(static_cast<std::uint32_t>(buffer.banks.size()), buffer.kind == BankKind::Dram ? "bank" : "core");
    for (std::size_t i = 0; i < buffer.banks.size() && i < kMostNamed; ++i) {
        text += (i == 0 ? " (" : " ");
        const std::uint32_t grid = program().device->shape().grid_x;
        text += buffer.kind == BankKind::Dram
                    ? std::to_string(buffer.banks[i])
                    : std::to_string(buffer.banks[i] % grid) + "," + std::to_string(buffer.banks[i] / grid);
    }
    return text + (buffer.banks.size() > kMostNamed ? " ...)" : ")");
}

// Nearest buffer below an address, to say by how much it was missed.
std::string nearest_buffer(BankKind kind, std::uint64_t offset) {
    const LiveBuffer* best = nullptr;
    for (const LiveBuffer& buffer : program().device->live_buffers()) {
        if (buffer.kind == kind && buffer.address <= offset && (best == nullptr || buffer.address > best->address)) {
            best = &buffer;
        }
    }
    return best == nullptr ? std::string("nothing is allocated below it")
                           : "the buffer below it is [" + hex(best->address) + ", " +
                                 hex(best->address + best->bytes_per_bank) + ") in each bank";
}

}  // namespace

void refuse_freed(BankKind kind, std::uint64_t offset, std::uint32_t bytes, Where where) {
    const LiveBuffer* const tensor = program().device->released_buffer(kind, offset, bytes);
    if (tensor == nullptr) {
        return;
    }
    raise_fault(
        "tensor_freed",
        plural(bytes, "byte") + " at " + (kind == BankKind::Dram ? "DRAM" : "L1") + " address " + hex(offset) +
            " belong to the tensor at " + hex(tensor->address) + ", which was deallocated before this launch",
        where, "keep the tensor until the program has run, and pass the address of this call's tensor: a temporary is freed "
               "at once, and a cached program keeps the addresses of an earlier call unless they are set anew");
}

bool in_scratchpad(const CoreState& core, std::uint64_t offset, std::uint32_t bytes) {
    return std::any_of(core.scratchpads.begin(), core.scratchpads.end(), [&](const ScratchpadImage* pad) {
        return offset >= pad->address && offset + bytes <= std::uint64_t{pad->address} + pad->size;
    });
}

CoreState* Program::core_at(std::uint32_t noc_x, std::uint32_t noc_y) {
    const auto bank = bank_at(device->shape(), {noc_x, noc_y});
    return bank && bank->kind == BankKind::L1 ? &cores[bank->bank] : nullptr;
}

Remote resolve_at(NocXY xy, std::uint64_t offset, std::uint32_t bytes, Where where) {
    Program& run = program();
    const std::optional<BankLocation>& bank = bank_of(xy);
    if (!bank) {
        nobody_there(xy, where);
    }
    if (!run.options.checks) [[unlikely]] {
        return {*bank, offset, run.device->bank(bank->kind, bank->bank, offset, bytes)};
    }
    const LiveBuffer* const buffer = live_buffer(bank->kind, offset, bytes);
    const bool known = (buffer != nullptr && buffer->in_bank(bank->bank)) ||
                       (bank->kind == BankKind::L1 && in_buffers_of(run.cores[bank->bank], offset, bytes));
    if (!known && buffer != nullptr) {
        raise_fault(
            "noc_address",
            spot(xy, offset) + " would lie in the sharded tensor at " + hex(buffer->address) +
                ", but that has no shard there: its shards are on " + banks_of(*buffer),
            where, "take the address from a TensorAccessor, or count shards as the tensor's grid and orientation do");
    }
    if (!known) {
        refuse_freed(bank->kind, offset, bytes, where);
        raise_fault(
            "noc_address",
            std::to_string(bytes) + " bytes at " + spot(xy, offset) + " (" +
                (bank->kind == BankKind::Dram ? "DRAM bank " : "L1 of core number ") + std::to_string(bank->bank) +
                ") lie outside every live buffer; " + nearest_buffer(bank->kind, offset),
            where, "check the base address argument, the page id and the number of pages");
    }
    return {*bank, offset, run.device->bank(bank->kind, bank->bank, offset, bytes)};
}

Remote resolve_destination(NocXY xy, std::uint64_t offset, std::uint32_t bytes, Where where) {
    Program& run = program();
    const CoreState* const core = run.core_at(xy.x, xy.y);
    if (core != nullptr && live_buffer(BankKind::L1, offset, bytes) == nullptr && !in_buffers_of(*core, offset, bytes)) {
        const CoreState& own = running_core();
        if (in_buffers_of(own, offset, bytes)) {
            const std::string what = declared_at(own, offset, bytes);
            raise_fault(
                "noc_address",
                "multicast into " + what + " of a rectangle of cores, but core (" + std::to_string(core->xy.x) + "," +
                    std::to_string(core->xy.y) + ") has no " + what,
                where, "declare it on every core of the rectangle, or make the rectangle smaller");
        }
    }
    return resolve_at(xy, offset, bytes, where);
}

Remote resolve(std::uint64_t address, std::uint32_t bytes, Where where) {
    return resolve_at(noc_xy(address), noc_offset(address), bytes, where);
}

}  // namespace op_emulator

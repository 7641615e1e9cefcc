// Which parts of its own L1 a kernel may hand to the NOC: reserved or waited-for pages, L1 buffers,
// scratchpads, semaphores.
#include "scheduler.hpp"

namespace op_emulator {
namespace {

// Does [address, address + bytes) lie in the pages this RISC has waited for (front) or reserved (back)?
bool inside_window(const CbState& cb, std::uint32_t from, std::uint32_t pages, std::uint32_t address, std::uint32_t bytes) {
    const std::uint32_t first = (address - cb.address) / cb.page_size;
    const std::uint32_t last = (address - cb.address + bytes - 1) / cb.page_size;
    if (last >= cb.pages) {
        return false;
    }
    const auto distance = [&](std::uint32_t page) { return (page + cb.pages - from) % cb.pages; };
    return distance(first) < pages && distance(last) < pages;
}

enum class LocalRange { Allowed, Refused, Elsewhere };

LocalRange range_in_buffers(std::uint32_t address, std::uint32_t bytes, bool write, CbState*& culprit, Where where) {
    CoreState& core = running_core();
    const KernelContext& self = current();
    for (const std::uint32_t index : core.declared) {
        CbState& cb = core.buffers[index];
        if (!cb.holds(address)) {
            continue;
        }
        if (address + bytes > cb.address + cb.total_size) {
            culprit = &cb;
            continue;
        }
        const CbView& view = cb.views[risc_index(self)];
        if (cb.globally_allocated || inside_window(cb, view.write_page, view.reserved, address, bytes) ||
            inside_window(cb, view.read_page, view.waited, address, bytes)) {
            return LocalRange::Allowed;
        }
        if (cb.received == 0 && !view.has_reserved && !view.has_waited) {
            if (!cb.scratch) {
                cb.scratch = ScratchUse{&self, write, where};
            }
            return LocalRange::Allowed;
        }
        culprit = &cb;
    }
    return culprit != nullptr ? LocalRange::Refused : LocalRange::Elsewhere;
}

bool elsewhere_allowed(std::uint32_t address, std::uint32_t bytes) {
    const CoreXY core = current().core;
    const std::uint32_t own_bank = core.y * program().device->shape().grid_x + core.x;
    for (const LiveBuffer& buffer : program().device->live_buffers()) {
        if (buffer.holds(BankKind::L1, address, bytes) && buffer.in_bank(own_bank)) {
            return true;
        }
    }
    for (const std::uint32_t semaphore : running_core().semaphores) {
        if (address >= semaphore && address + bytes <= semaphore + 16) {
            return true;
        }
    }
    return in_scratchpad(running_core(), address, bytes);
}

void check_local(std::uint32_t address, std::uint32_t bytes, bool write, Where where) {
    if (!program().options.checks) [[unlikely]] {
        return;
    }
    CbState* culprit = nullptr;
    const LocalRange found = range_in_buffers(address, bytes, write, culprit, where);
    if (found == LocalRange::Allowed || (found == LocalRange::Elsewhere && elsewhere_allowed(address, bytes))) {
        return;
    }
    const std::string range = plural(bytes, "byte") + " at L1 address " + hex(address);
    if (culprit == nullptr) {
        refuse_freed(BankKind::L1, address, bytes, where);
        raise_fault(
            "noc_address", range + " belong to no circular buffer, L1 buffer, scratchpad or semaphore of this core", where,
            "take the address from get_write_ptr or get_read_ptr of a declared circular buffer");
    }
    const CbView& view = culprit->views[risc_index(current())];
    const std::uint32_t end = culprit->address + culprit->total_size;
    if (address < end && address + bytes > end && bytes <= culprit->total_size && (write ? view.reserved : view.waited) > 0) {
        raise_fault(
            "cb_wrap", range + " run over the end of the ring of " + cb_name(culprit->index) + " by " +
                           plural(address + bytes - end, "byte"),
            where, "pages at both ends of the ring do not follow one another: make the buffer a whole number of blocks, or "
                   "move the data page by page");
    }
    const std::string pages = plural(culprit->pages, "page") + " of " + plural(culprit->page_size, "byte");
    if (write) {
        raise_fault(
            "cb_write_before_reserve",
            range + " lie outside the " + plural(view.reserved, "page") + " reserved in " + cb_name(culprit->index) +
                " (" + pages + ")",
            where, "call cb_reserve_back for every page that is written, and keep the size within the page size");
    }
    raise_fault(
        "cb_read_before_wait",
        range + " lie outside the " + plural(view.waited, "page") + " waited for in " + cb_name(culprit->index) + " (" +
            pages + ")",
        where, "call cb_wait_front for every page that is read, and keep the size within the page size");
}

}  // namespace

void check_local_write(std::uint32_t address, std::uint32_t bytes, Where where) {
    check_local(address, bytes, true, where);
}
void check_local_read(std::uint32_t address, std::uint32_t bytes, Where where) {
    check_local(address, bytes, false, where);
}

}  // namespace op_emulator

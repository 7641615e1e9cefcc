// Circular buffers: counters shared by the core, pointers per RISC, and every rule hardware leaves to the programmer.
#include <algorithm>
#include <cstring>

#include "fault_channel.hpp"
#include "scheduler.hpp"
#include "trace.hpp"
#include "unwritten.hpp"

namespace op_emulator {
namespace {

std::string call(const char* name, std::uint32_t cb, std::int64_t pages) {
    return std::string(name) + "(" + cb_name(cb) + ", " + std::to_string(pages) + ")";
}

std::uint32_t page_count(const char* name, CbState& cb, std::int32_t pages, Where where) {
    if (pages < 0) {
        raise_fault("cb_page_count", call(name, cb.index, pages) + ": a negative number of pages", where);
    }
    return static_cast<std::uint32_t>(pages);
}

void check_capacity(const char* name, const CbState& cb, std::uint32_t pages, Where where) {
    if (pages > cb.pages) {
        raise_fault(
            "cb_overflow",
            call(name, cb.index, pages) + ": the buffer holds only " + plural(cb.pages, "page") +
                ", this can never succeed",
            where, "give the circular buffer more pages in the program, or move fewer pages at a time");
    }
}

// Pages are contiguous from the pointer; the pointer wraps only when it lands exactly on the end.
void check_contiguous(const char* name, const CbState& cb, std::uint32_t at, std::uint32_t pages, Where where) {
    if (at + pages > cb.pages) {
        raise_fault(
            "cb_wrap",
            call(name, cb.index, pages) + " runs over the end of the ring: " + plural(cb.pages - at, "page") +
                " left before it, " + plural(cb.pages, "page") + " in all",
            where, "the number of pages moved at a time must divide the number of pages of the buffer");
    }
}

void advance(std::uint32_t& position, std::uint32_t pages, const CbState& cb) {
    position += pages;
    if (position == cb.pages) {
        position = 0;
    }
}

void claim(const KernelImage*& owner, const char* verb, const char* fault_class, const CbState& cb, Where where) {
    const KernelImage* self = current().kernel;
    if (owner != nullptr && owner != self) {
        raise_fault(
            fault_class, cb_name(cb.index) + " is " + verb + " by " + owner->name + " and by " + self->name, where,
            "a circular buffer has one producer and one consumer; give each stream a buffer of its own");
    }
    owner = self;
}

void wake(CbState& cb) {
    for (CbView& view : cb.views) {
        Fibre* fibre = view.blocked;
        if (fibre == nullptr) {
            continue;
        }
        const std::uint32_t have = fibre->wait == WaitKind::Front ? cb.available() : cb.free();
        if (have >= fibre->wait_amount) {
            view.blocked = nullptr;
            scheduler().make_ready(*fibre);
        }
    }
    scheduler().note_progress();
}

void block_on(CbState& cb, WaitKind kind, std::uint32_t pages) {
    Fibre& fibre = running_fibre();
    fibre.wait = kind;
    fibre.wait_buffer = &cb;
    fibre.wait_amount = pages;
    cb.views[risc_index(fibre.context)].blocked = &fibre;
    scheduler().block();
}

void check_read_barrier(const CbState& cb, std::uint32_t first, std::uint32_t pages, Where where) {
    if (!program().options.checks) [[unlikely]] {
        return;
    }
    const std::uint32_t address = cb.address + first * cb.page_size;
    for (const Transfer& read : running_core().transfers[risc_index(current())].reads) {
        if (read.overlaps(address, pages * cb.page_size)) {
            raise_fault(
                "missing_read_barrier",
                call("cb_push_back", cb.index, pages) + " publishes pages that a NOC read issued at line " +
                    std::to_string(read.issued.line) + " is still filling",
                where, "call noc.async_read_barrier() between the read and the push");
        }
    }
}

void check_write_departed(const CbState& cb, std::uint32_t first, std::uint32_t pages, Where where) {
    if (!program().options.checks) [[unlikely]] {
        return;
    }
    const std::uint32_t address = cb.address + first * cb.page_size;
    for (const Transfer& write : running_core().transfers[risc_index(current())].writes) {
        if (write.overlaps(address, pages * cb.page_size)) {
            raise_fault(
                "missing_write_barrier",
                call("cb_pop_front", cb.index, pages) + " frees pages that a NOC write issued at line " +
                    std::to_string(write.issued.line) + " is still reading",
                where, "call noc.async_writes_flushed() or noc.async_write_barrier() between the write and the pop");
        }
    }
}

}  // namespace

std::string cb_name(std::uint32_t cb, const KernelImage* kernel) {
    if (kernel != nullptr && kernel->names) {
        for (const KernelNames::Buffer& buffer : kernel->names->dfbs) {
            if (buffer.index == cb) {
                return "dfb::" + buffer.name;
            }
        }
    }
    return "c_" + std::to_string(cb);
}

std::string cb_name(std::uint32_t cb) { return cb_name(cb, current().kernel); }

CbState& cb_state(std::uint32_t index, Where where) {
    CoreState& core = running_core();
    if (index >= kCircularBuffers || !core.buffers[index].declared) [[unlikely]] {
        std::string known;
        for (const std::uint32_t declared : core.declared) {
            known += (known.empty() ? "" : ", ") + cb_name(declared);
        }
        raise_fault(
            "cb_undeclared", cb_name(index) + " is not declared for this core; it has " + (known.empty() ? "none" : known),
            where, "the program descriptor must declare each circular buffer on every core that uses it");
    }
    return core.buffers[index];
}

namespace abi {

void cb_reserve_back(std::uint32_t index, std::int32_t count, Where where) {
    const KernelContext& self = enter_call(where);
    CbState& cb = cb_state(index, where);
    const std::uint32_t pages = page_count("cb_reserve_back", cb, count, where);
    check_capacity("cb_reserve_back", cb, pages, where);
    if (cb.free() < pages) {
        ++cb.waited_back;
        block_on(cb, WaitKind::Back, pages);
    }
    CbView& view = cb.views[risc_index(self)];
    view.reserved = std::max(view.reserved, pages);
    view.has_reserved = true;
}

void cb_push_back(std::uint32_t index, std::int32_t count, Where where) {
    const KernelContext& self = enter_call(where);
    CbState& cb = cb_state(index, where);
    const std::uint32_t pages = page_count("cb_push_back", cb, count, where);
    CbView& view = cb.views[risc_index(self)];
    if (pages == 0) {
        return;
    }
    if (cb.scratch) {
        end_with_faults({make_record(
            *cb.scratch->user, cb.scratch->write ? "cb_write_before_reserve" : "cb_read_before_wait",
            cb_name(index) + (cb.scratch->write ? " is written without cb_reserve_back, though pages are pushed into it"
                                                : " is read without cb_wait_front, though pages are pushed into it"),
            cb.scratch->where,
            cb.scratch->write ? "call cb_reserve_back before writing" : "call cb_wait_front before reading")});
    }
    if (!cb.globally_allocated) {
        if (pages > view.reserved) {
            raise_fault(
                "cb_push_without_reserve",
                call("cb_push_back", index, pages) + " after reserving " + plural(view.reserved, "page"), where,
                "call cb_reserve_back for at least as many pages first");
        }
    } else if (pages > cb.free()) {
        raise_fault("cb_overflow", call("cb_push_back", index, pages) + ": no free pages left", where);
    }
    claim(cb.producer, "pushed", "cb_two_producers", cb, where);
    check_contiguous("cb_push_back", cb, view.write_page, pages, where);
    check_read_barrier(cb, view.write_page, pages, where);
    view.reserved -= std::min(view.reserved, pages);
    advance(view.write_page, pages, cb);
    cb.received += pages;
    cb.highest_fill = std::max(cb.highest_fill, cb.available());
    cb.last_push = where;
    trace(TraceKind::Push, 0, index, pages, cb.available());
    wake(cb);
    if (self.compute != nullptr) {
        compute_cb_pushed(*self.compute, index);
    }
}

void cb_wait_front(std::uint32_t index, std::int32_t count, Where where) {
    const KernelContext& self = enter_call(where);
    CbState& cb = cb_state(index, where);
    const std::uint32_t pages = page_count("cb_wait_front", cb, count, where);
    check_capacity("cb_wait_front", cb, pages, where);
    if (cb.available() < pages) {
        ++cb.waited_front;
        block_on(cb, WaitKind::Front, pages);
    }
    CbView& view = cb.views[risc_index(self)];
    view.waited = std::max(view.waited, pages);
    view.has_waited = true;
    cb.most_waited = std::max(cb.most_waited, cb.acked + pages);
}

void cb_pop_front(std::uint32_t index, std::int32_t count, Where where) {
    const KernelContext& self = enter_call(where);
    CbState& cb = cb_state(index, where);
    const std::uint32_t pages = page_count("cb_pop_front", cb, count, where);
    CbView& view = cb.views[risc_index(self)];
    if (pages == 0) {
        return;
    }
    if (pages > cb.available()) {
        raise_fault(
            "cb_underflow",
            call("cb_pop_front", index, pages) + ": only " + plural(cb.available(), "page") + " in the buffer", where,
            "pop what was waited for, once");
    }
    if (pages > view.waited) {
        raise_fault(
            "cb_pop_without_wait", call("cb_pop_front", index, pages) + " after waiting for " +
            plural(view.waited, "page"), where, "call cb_wait_front for at least as many pages first");
    }
    claim(cb.consumer, "popped", "cb_two_consumers", cb, where);
    check_contiguous("cb_pop_front", cb, view.read_page, pages, where);
    check_write_departed(cb, view.read_page, pages, where);
    if (cb.poison && program().options.checks) {
        fill_unwritten(
            running_core().l1 + cb.address + view.read_page * cb.page_size, std::uint64_t{pages} * cb.page_size, Fill::Local);
    }
    view.waited -= pages;
    advance(view.read_page, pages, cb);
    cb.acked += pages;
    trace(TraceKind::Pop, 0, index, pages, cb.available());
    wake(cb);
}

bool cb_pages_reservable(std::uint32_t index, std::int32_t count, Where where) {
    enter_call(where);
    CbState& cb = cb_state(index, where);
    const std::uint32_t pages = page_count("cb_pages_reservable_at_back", cb, count, where);
    if (cb.free() >= pages) {
        return true;
    }
    scheduler().count_poll(where);
    scheduler().yield();
    return cb.free() >= pages;
}

bool cb_pages_available(std::uint32_t index, std::int32_t count, Where where) {
    enter_call(where);
    CbState& cb = cb_state(index, where);
    const std::uint32_t pages = page_count("cb_pages_available_at_front", cb, count, where);
    if (cb.available() >= pages) {
        return true;
    }
    scheduler().count_poll(where);
    scheduler().yield();
    return cb.available() >= pages;
}

std::uint32_t cb_write_pointer(std::uint32_t index, Where where) {
    const KernelContext& self = enter_call(where);
    const CbState& cb = cb_state(index, where);
    return cb.address + cb.views[risc_index(self)].write_page * cb.page_size;
}

std::uint32_t cb_read_pointer(std::uint32_t index, Where where) {
    const KernelContext& self = enter_call(where);
    const CbState& cb = cb_state(index, where);
    return cb.address + cb.views[risc_index(self)].read_page * cb.page_size;
}

void cb_move_pointer(std::uint32_t index, bool write, std::uint32_t address, Where where) {
    const KernelContext& self = enter_call(where);
    CbState& cb = cb_state(index, where);
    const std::uint32_t offset = address - cb.address;
    if (address < cb.address || offset >= cb.total_size || offset % cb.page_size != 0) {
        raise_fault(
            "bad_argument",
            "the " + std::string(write ? "write" : "read") + " pointer of " + cb_name(index) + " is moved to byte " +
                std::to_string(static_cast<std::int32_t>(offset)) + " of its ring, where no page begins",
            where, "pages of " + std::to_string(cb.page_size) + " bytes, " + std::to_string(cb.pages) + " of them");
    }
    CbView& view = cb.views[risc_index(self)];
    (write ? view.write_page : view.read_page) = offset / cb.page_size;
}

CbLayout cb_layout(std::uint32_t index, Where where) {
    enter_call(where);
    const CbState& cb = cb_state(index, where);
    return {cb.address, cb.total_size, cb.page_size, cb.pages};
}

void cb_not_declared(std::uint32_t cb, Where where) {
    enter_call(where);
    cb_state(cb, where);
    raise_fault("cb_undeclared", cb_name(cb) + " was not known when this kernel was compiled", where);
}

void outside_tensor(
    const char* what, std::uint32_t number, std::uint32_t count, std::uint32_t offset, std::uint32_t bytes, Where where) {
    enter_call(where);
    const std::string name = what;
    if (number >= count) {
        raise_fault(
            "noc_address", name + " " + std::to_string(number) + " of a tensor that has " + plural(count, what), where,
            "check how the host numbers them, and the number of " + name + "s it passes");
    }
    raise_fault(
        "noc_address", "byte " + std::to_string(offset) + " of a " + name + " that has " + plural(bytes, "byte"), where,
        "offsets and ends of a " + name + " lie within it; the next one may be on another core");
}

}  // namespace abi

CbInfo cb_info(std::uint32_t index, Where where) {
    const CbState& cb = cb_state(index, where);
    return {cb.format, cb.page_size, cb.pages, cb.tile_height, cb.tile_width};
}

const std::byte* cb_front_page(std::uint32_t index, std::uint32_t page, Where where) {
    const CbState& cb = cb_state(index, where);
    const CbView& view = cb.views[risc_index(current())];
    if (page >= view.waited) {
        raise_fault(
            "cb_read_before_wait",
            "reads page " + std::to_string(page) + " of " + cb_name(index) + " after waiting for " +
                plural(view.waited, "page") + ": a race on hardware",
            where, "call cb_wait_front for every page that is read");
    }
    check_contiguous("reading page", cb, view.read_page, page + 1, where);
    return running_core().l1 + cb.address + (view.read_page + page) * cb.page_size;
}

std::byte* cb_back_page(std::uint32_t index, std::uint32_t page, Where where) {
    const CbState& cb = cb_state(index, where);
    const CbView& view = cb.views[risc_index(current())];
    if (page >= view.reserved) {
        raise_fault(
            "cb_write_before_reserve",
            "writes page " + std::to_string(page) + " of " + cb_name(index) + " after reserving " +
                plural(view.reserved, "page"),
            where, "call cb_reserve_back for every page that is written");
    }
    check_contiguous("writing page", cb, view.write_page, page + 1, where);
    return running_core().l1 + cb.address + (view.write_page + page) * cb.page_size;
}

}  // namespace op_emulator

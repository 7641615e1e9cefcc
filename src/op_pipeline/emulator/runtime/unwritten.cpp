#include "unwritten.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core.hpp"

namespace op_emulator {
namespace {

constexpr std::uint64_t kPatterns[] = {0xFFE57FB7FFCBFF9Dull, 0xFFB3FFD97FABFFF1ull};  // by Fill; each half a NaN in bfloat16
constexpr std::size_t kWord = sizeof(std::uint64_t), kBlock = 64;

using Stretch = std::array<std::uint64_t, 512>;

Stretch stretch_of(Fill fill) {
    Stretch words;
    words.fill(kPatterns[static_cast<unsigned>(fill)]);
    return words;
}

std::uint64_t word_at(const std::byte* place) {
    std::uint64_t word = 0;
    std::memcpy(&word, place, kWord);
    return word;
}

std::size_t phase_of(const std::byte* place) { return reinterpret_cast<std::uintptr_t>(place) % kWord; }

const std::byte* up_to(const std::byte* place, std::size_t alignment) {
    const std::size_t over = reinterpret_cast<std::uintptr_t>(place) % alignment;
    return over == 0 ? place : place + (alignment - over);
}

// First aligned block of the range without a written byte, or nullptr.
const std::byte* unwritten_block(const std::byte* memory, std::uint64_t bytes) {
    constexpr std::uint64_t pattern = kPatterns[static_cast<unsigned>(Fill::Local)];
    const std::byte* const end = memory + bytes;
    for (const std::byte* block = up_to(memory, kBlock); block + kBlock <= end; block += kBlock) {
        if (word_at(block) == pattern && is_unwritten(block, kBlock, Fill::Local)) [[unlikely]] {
            return block;
        }
    }
    return nullptr;
}

const LiveBuffer* tensor_at(BankKind kind, std::uint64_t offset, std::uint64_t bytes) {
    for (const LiveBuffer& buffer : program().device->live_buffers()) {
        if (buffer.holds(kind, offset, bytes)) {
            return &buffer;
        }
    }
    return nullptr;
}

// Is the range in a tensor of which nobody has written anything, anywhere? Padding that nobody wrote is common.
const LiveBuffer* wholly_unwritten_tensor(BankKind kind, std::uint64_t offset, std::uint64_t bytes) {
    const LiveBuffer* const tensor = tensor_at(kind, offset, bytes);
    if (tensor == nullptr) {
        return nullptr;
    }
    Device& device = *program().device;
    for (std::uint32_t bank = 0; bank < device.bank_count(kind); ++bank) {
        const std::byte* const part = device.bank(kind, bank, tensor->address, tensor->bytes_per_bank);
        if (tensor->in_bank(bank) && !is_unwritten(part, tensor->bytes_per_bank, Fill::Tensor)) {
            return nullptr;
        }
    }
    return tensor;
}

[[noreturn]] void nobody_wrote_tensor(const std::string& what, BankKind kind, const LiveBuffer& tensor, Where where) {
    raise_fault(
        "tensor_unwritten",
        what + " the tensor at " + (kind == BankKind::Dram ? "DRAM" : "L1") + " address " + hex(tensor.address) +
            ", of which nobody has written a single byte",
        where, "fill the tensor before the launch, or check the order of the address arguments: it may be the output");
}

// Asked of whole ranges only, as a tensor's padding is nobody's mistake.
void check_tensor_range(
    const char* what, const char* does, BankKind kind, const std::byte* memory, std::uint64_t offset, std::uint64_t bytes,
    Where where) {
    if (!is_unwritten(memory, bytes, Fill::Tensor)) [[likely]] {
        return;
    }
    if (const LiveBuffer* const tensor = wholly_unwritten_tensor(kind, offset, bytes)) {
        nobody_wrote_tensor(std::string(what) + " " + does, kind, *tensor, where);
    }
}

std::string pushed_by(const CbState& cb) {
    if (cb.producer == nullptr) {
        return {};
    }
    return "; " + cb.producer->name + " pushed last at line " + std::to_string(cb.last_push.line);
}

const CbState* buffer_at(const CoreState& core, std::uint32_t address) {
    for (const std::uint32_t index : core.declared) {
        if (core.buffers[index].holds(address)) {
            return &core.buffers[index];
        }
    }
    return nullptr;
}

// "page 1 of c_0", or an address where there is no circular buffer.
std::string place_in(const CoreState& core, std::uint32_t address, std::string& producer) {
    const CbState* const cb = buffer_at(core, address);
    if (cb == nullptr) {
        return "the scratch memory there";
    }
    producer = pushed_by(*cb);
    return "page " + std::to_string((address - cb->address) / cb->page_size) + " of " + cb_name(cb->index);
}

bool waits_for_or_fills(const CbState& cb) {
    const CbView& view = cb.views[risc_index(current())];
    return view.waited > 0 || view.reserved > 0;
}

// Padding that nobody wrote may be sent, and half a tile that was forgotten looks the same. Told once, on one core.
void warn_of_part(const std::string& text, Where where) {
    static std::vector<Where> told;
    const bool known = std::any_of(told.begin(), told.end(), [&](Where other) {
        return other.line == where.line && std::strcmp(other.file, where.file) == 0;
    });
    if (known || current().core != running_fibre().first_core) {
        return;
    }
    told.push_back(where);
    add_warning("line " + std::to_string(where.line) + " " + text + "; harmless if it is padding");
}

}  // namespace

void fill_unwritten(std::byte* memory, std::uint64_t bytes, Fill fill) {
    static const Stretch stretches[] = {stretch_of(Fill::Local), stretch_of(Fill::Tensor)};
    const auto* const source = reinterpret_cast<const std::byte*>(stretches[static_cast<unsigned>(fill)].data());
    while (bytes > 0) {  // the pattern stands at multiples of its size, whatever the range
        const std::size_t phase = phase_of(memory);
        const std::uint64_t part = std::min<std::uint64_t>(bytes, sizeof(Stretch) - phase);
        std::memcpy(memory, source + phase, part);
        memory += part;
        bytes -= part;
    }
}

bool is_unwritten(const std::byte* memory, std::uint64_t bytes, Fill fill) {
    const std::uint64_t pattern = kPatterns[static_cast<unsigned>(fill)];
    const std::byte* const end = memory + bytes;
    const std::byte* word = up_to(memory, kWord);
    if (word + 2 * kWord > end) {
        return false;
    }
    for (; word + kWord <= end; word += kWord) {
        if (word_at(word) != pattern) [[likely]] {
            return false;
        }
    }
    return true;
}

void check_page_is_written(std::uint32_t index, const std::byte* page, std::uint64_t bytes, const char* what, Where where) {
    if (!program().options.checks) {
        return;
    }
    const auto address = static_cast<std::uint64_t>(page - running_core().l1);
    check_tensor_range(what, "reads", BankKind::L1, page, address, bytes, where);
    if (!is_unwritten(page, bytes, Fill::Local)) [[likely]] {
        return;
    }
    const CbState& cb = cb_state(index, where);
    raise_fault(
        "l1_unwritten",
        std::string(what) + " reads page " + std::to_string((address - cb.address) / cb.page_size) + " of " + cb_name(index) +
            ", of which nobody has written a single byte" + pushed_by(cb),
        where, "the producer must fill the page between cb_reserve_back and cb_push_back: pushing moves no data");
}

void check_sum_is_written(std::uint32_t index, const std::byte* page, std::uint64_t bytes, const char* what, Where where) {
    if (!program().options.checks || (!is_unwritten(page, bytes, Fill::Local) && !is_unwritten(page, bytes, Fill::Tensor))) [[likely]] {
        return;
    }
    raise_fault(
        "l1_unwritten",
        std::string(what) + " adds to a page of " + cb_name(index) + " that nobody has written: there is no sum yet", where,
        "pack the first block with L1 accumulation off, pack_reconfig_l1_acc(0), or clear the page first");
}

void check_source_is_written(std::uint32_t address, std::uint32_t bytes, Where where) {
    if (!program().options.checks) {
        return;
    }
    const CoreState& core = running_core();
    const std::byte* const memory = core.l1 + address;
    const bool nothing = is_unwritten(memory, bytes, Fill::Local);
    const std::byte* const first = nothing ? memory : unwritten_block(memory, bytes);
    if (first == nullptr) [[likely]] {
        check_tensor_range("a NOC write", "sends on data of", BankKind::L1, memory, address, bytes, where);
        return;
    }
    std::string producer;
    const std::string place = place_in(core, static_cast<std::uint32_t>(first - core.l1), producer);
    const std::string sent = "sends " + plural(bytes, "byte") + " from L1 address " + hex(address) + ", but nobody has written ";
    if (!nothing) {
        warn_of_part(sent + "those from byte " + std::to_string(first - memory) + " on: " + place + producer, where);
        return;
    }
    const CbState* const cb = buffer_at(core, address);
    if (cb != nullptr && !waits_for_or_fills(*cb)) {
        raise_fault(
            "cb_read_before_wait", sent + "any of them: " + place + ", read without cb_wait_front", where,
            "call cb_wait_front for every page that is read; memory used as scratch must be filled first");
    }
    raise_fault(
        "l1_unwritten", sent + "any of them: " + place + producer, where,
        "fill the memory before it is sent, or send only what was filled");
}

void check_remote_is_written(const Remote& remote, std::uint32_t bytes, Where where) {
    if (!program().options.checks) {
        return;
    }
    check_tensor_range("a NOC read", "takes data of", remote.where.kind, remote.memory, remote.offset, bytes, where);
    if (remote.where.kind == BankKind::Dram || !is_unwritten(remote.memory, bytes, Fill::Local)) [[likely]] {
        return;
    }
    const CoreState& core = program().cores[remote.where.bank];
    std::string producer;
    const std::string place = place_in(core, static_cast<std::uint32_t>(remote.offset), producer);
    raise_fault(
        "l1_unwritten",
        "a NOC read takes " + plural(bytes, "byte") + " from core (" + std::to_string(core.xy.x) + "," +
            std::to_string(core.xy.y) + ") that nobody has written: " + place + producer,
        where, "let the owner fill the memory first and say so with a semaphore");
}

}  // namespace op_emulator

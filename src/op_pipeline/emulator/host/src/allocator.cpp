#include <tt-metalium/allocator.hpp>
#include <tt-metalium/tt_align.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>

#include "device.hpp"

namespace tt::tt_metal {

Allocator::Allocator(const op_emulator::ChipShape& chip)
    : dram_{chip.dram_unreserved_base, chip.dram_bank_size, chip.dram_alignment, chip.dram_banks, false, {}},
      l1_{chip.l1_unreserved_base, chip.l1_size, chip.l1_alignment, chip.grid_x * chip.grid_y, true, {}} {}

Allocator::Region& Allocator::region(BufferType type) {
    return const_cast<Region&>(static_cast<const Allocator*>(this)->region(type));
}

const Allocator::Region& Allocator::region(BufferType type) const {
    TT_FATAL(
        type == BufferType::DRAM || type == BufferType::L1, "buffers of {} are not modelled by the emulator", type);
    return type == BufferType::DRAM ? dram_ : l1_;
}

std::uint64_t Allocator::allocate(BufferType type, std::uint64_t bytes_per_bank) {
    Region& area = region(type);
    const std::uint64_t size = tt::align(std::max<std::uint64_t>(bytes_per_bank, 1), area.alignment);
    std::uint64_t largest = 0, chosen = 0;
    bool found = false;
    const auto consider = [&](std::uint64_t begin, std::uint64_t end) {  // first fit from the side the area grows from
        const std::uint64_t gap = end > begin ? end - begin : 0;
        largest = std::max(largest, gap);
        if (gap >= size && (!found || area.top_down)) {
            chosen = area.top_down ? (end - size) / area.alignment * area.alignment : begin;
            found = true;
        }
    };
    std::uint64_t begin = area.begin;
    for (const auto& [address, end] : area.taken) {
        consider(begin, address);
        begin = end;
    }
    consider(begin, area.end);
    TT_FATAL(
        found, "Out of Memory: a {} buffer needs {} B in each of {} banks, the largest free range is {} B", type, size,
        area.banks, largest);
    area.taken.emplace(chosen, chosen + size);
    return chosen;
}

void Allocator::deallocate(BufferType type, std::uint64_t address) { region(type).taken.erase(address); }

std::uint64_t Allocator::lowest_l1_address() const { return l1_.taken.empty() ? l1_.end : l1_.taken.begin()->first; }
std::uint32_t Allocator::get_alignment(BufferType type) const { return region(type).alignment; }
std::uint32_t Allocator::get_num_banks(BufferType type) const { return region(type).banks; }
std::uint64_t Allocator::get_bank_size(BufferType type) const { return region(type).end; }

std::uint64_t Allocator::get_base_allocator_addr(HalMemType type) const {
    return type == HalMemType::DRAM ? dram_.begin : l1_.begin;
}

}  // namespace tt::tt_metal

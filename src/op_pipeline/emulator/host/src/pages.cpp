#include "op_emulator/pages.hpp"

#include <tt-metalium/buffer_distribution_spec.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>
#include <cstring>

namespace op_emulator {
namespace {

template <typename Visit>
void for_each_page(const DevicePages& pages, Device& device, Visit visit) {
    const std::uint64_t banks = device.bank_count(pages.kind);
    for (std::uint64_t page = 0; page < pages.count; ++page) {
        const PagePlace place = pages.places.empty()
                                    ? PagePlace{static_cast<std::uint32_t>(page % banks), page / banks}
                                    : pages.places[page];
        const std::uint64_t offset = pages.address + place.slot * pages.aligned_page_size;
        visit(device.bank(pages.kind, place.bank, offset, pages.aligned_page_size), page * pages.page_size);
    }
}

std::uint32_t bank_of(const tt::tt_metal::CoreCoord& core, BankKind kind, const ChipShape& chip) {
    if (kind == BankKind::Dram) {
        TT_FATAL(
            core.y == 0 && core.x < chip.dram_banks, "shard grid: there is no DRAM bank {}, only (0,0) to ({},0)", core,
            chip.dram_banks - 1);
        return static_cast<std::uint32_t>(core.x);
    }
    TT_FATAL(
        core.x < chip.grid_x && core.y < chip.grid_y, "shard grid: core {} is outside the worker grid {}x{}", core,
        chip.grid_x, chip.grid_y);
    return static_cast<std::uint32_t>(core.y * chip.grid_x + core.x);
}

}  // namespace

std::uint64_t DevicePages::bytes_per_bank(const Device& device) const {
    if (!banks.empty()) return slots_per_bank * aligned_page_size;
    const std::uint64_t all = device.bank_count(kind);
    return (count + all - 1) / all * aligned_page_size;
}

void DevicePages::write(Device& device, const std::byte* bytes) const {
    for_each_page(*this, device, [&](std::byte* place, std::uint64_t at) { std::memcpy(place, bytes + at, page_size); });
}

void DevicePages::read(Device& device, std::byte* bytes) const {
    for_each_page(*this, device, [&](std::byte* place, std::uint64_t at) { std::memcpy(bytes + at, place, page_size); });
}

void distribute(DevicePages& pages, const tt::tt_metal::BufferDistributionSpec& distribution, const ChipShape& chip) {
    std::vector<std::uint32_t> by_core;
    for (const auto& core : distribution.cores()) by_core.push_back(bank_of(core, pages.kind, chip));
    pages.places.clear();
    pages.places.reserve(pages.count);
    for (std::uint64_t page = 0; page < pages.count; ++page) {
        const auto place = distribution.place_of(page);
        pages.places.push_back({by_core[place.core], place.slot});
    }
    pages.slots_per_bank = distribution.max_num_dev_pages_per_core();
    pages.banks = std::move(by_core);
    std::ranges::sort(pages.banks);
}

}  // namespace op_emulator

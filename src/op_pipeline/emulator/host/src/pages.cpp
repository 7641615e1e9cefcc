#include "op_emulator/pages.hpp"

#include <cstring>

namespace op_emulator {
namespace {

template <typename Visit>
void for_each_page(const InterleavedPages& pages, Device& device, Visit visit) {
    const std::uint64_t banks = device.bank_count(pages.kind);
    for (std::uint64_t page = 0; page < pages.count; ++page) {
        const std::uint64_t offset = pages.address + page / banks * pages.aligned_page_size;
        visit(device.bank(pages.kind, page % banks, offset, pages.aligned_page_size), page * pages.page_size);
    }
}

}  // namespace

std::uint64_t InterleavedPages::bytes_per_bank(const Device& device) const {
    const std::uint64_t banks = device.bank_count(kind);
    return (count + banks - 1) / banks * aligned_page_size;
}

void InterleavedPages::write(Device& device, const std::byte* bytes) const {
    for_each_page(*this, device, [&](std::byte* place, std::uint64_t at) { std::memcpy(place, bytes + at, page_size); });
}

void InterleavedPages::read(Device& device, std::byte* bytes) const {
    for_each_page(*this, device, [&](std::byte* place, std::uint64_t at) { std::memcpy(bytes + at, place, page_size); });
}

void InterleavedPages::poison(Device& device) const {
    for_each_page(*this, device, [&](std::byte* place, std::uint64_t) { std::memset(place, 0xff, aligned_page_size); });
}

}  // namespace op_emulator

// Device memory: shared mappings, so that what the forked child writes is what the parent reads.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <new>
#include <stdexcept>

#include "device.hpp"
#include "noc_address.hpp"
#include "unwritten.hpp"

namespace op_emulator {
namespace {

constexpr std::size_t kMostReleased = 64;
constexpr std::uint64_t kReturnToSystem = 1 << 16;  // released ranges this long give their pages back

// Fresh zeros, in place of the mapping at `at` if one is given.
std::byte* map_shared(std::uint64_t bytes, std::byte* at = nullptr) {
    const int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | (at == nullptr ? 0 : MAP_FIXED);
    void* memory = ::mmap(at, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    return static_cast<std::byte*>(memory);
}

}  // namespace

struct Device::Impl {
    ChipShape shape;
    std::uint64_t l1_stride = 0;
    std::byte* dram = nullptr;
    std::byte* l1 = nullptr;
    std::vector<LiveBuffer> live;
    std::deque<LiveBuffer> released;  // the last ones, to say so when a kernel still uses them

    std::uint64_t dram_bytes() const { return shape.dram_banks * shape.dram_bank_size; }
    std::uint64_t l1_bytes() const { return std::uint64_t{shape.grid_x} * shape.grid_y * l1_stride; }
};

Device::Device(ChipShape shape) : impl_(std::make_unique<Impl>()) {
    if (shape.grid_x == 0 || shape.grid_y == 0 || shape.grid_x + shape.noc_offset > 63 ||
        shape.grid_y + shape.noc_offset > 63 || shape.dram_banks == 0 || shape.dram_banks > std::size(kDramBankXY)) {
        throw std::invalid_argument("grid or number of DRAM banks out of range");
    }
    impl_->shape = shape;
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    impl_->l1_stride = (shape.l1_size + page - 1) / page * page;
    impl_->dram = map_shared(impl_->dram_bytes());
    impl_->l1 = map_shared(impl_->l1_bytes());
}

Device::~Device() {
    ::munmap(impl_->dram, impl_->dram_bytes());
    ::munmap(impl_->l1, impl_->l1_bytes());
}

const ChipShape& Device::shape() const { return impl_->shape; }
std::uint32_t Device::core_count() const { return impl_->shape.grid_x * impl_->shape.grid_y; }

std::uint32_t Device::bank_count(BankKind kind) const {
    return kind == BankKind::Dram ? impl_->shape.dram_banks : core_count();
}

std::byte* Device::bank(BankKind kind, std::uint32_t bank, std::uint64_t offset, std::uint64_t bytes) {
    const bool dram = kind == BankKind::Dram;
    const std::uint64_t size = dram ? impl_->shape.dram_bank_size : impl_->shape.l1_size;
    if (bank >= bank_count(kind) || offset > size || bytes > size - offset) {
        throw std::out_of_range("address outside the bank");
    }
    return dram ? impl_->dram + bank * size + offset : impl_->l1 + bank * impl_->l1_stride + offset;
}

std::byte* Device::dram(std::uint32_t bank_id, std::uint64_t offset, std::uint64_t bytes) {
    return bank(BankKind::Dram, bank_id, offset, bytes);
}

std::byte* Device::l1(CoreXY core, std::uint32_t offset, std::uint64_t bytes) {
    if (core.x >= impl_->shape.grid_x || core.y >= impl_->shape.grid_y) {
        throw std::out_of_range("core outside the grid");
    }
    return bank(BankKind::L1, core.y * impl_->shape.grid_x + core.x, offset, bytes);
}

bool LiveBuffer::in_bank(std::uint32_t bank) const {
    return banks.empty() || std::binary_search(banks.begin(), banks.end(), bank);
}

void Device::register_buffer(const LiveBuffer& buffer) {
    for (std::uint32_t i = 0; i < bank_count(buffer.kind); ++i) {
        fill_unwritten(bank(buffer.kind, i, buffer.address, buffer.bytes_per_bank), buffer.bytes_per_bank, Fill::Tensor);
    }
    impl_->live.push_back(buffer);
    std::erase_if(impl_->released, [&](const LiveBuffer& old) {
        return old.kind == buffer.kind && old.address < buffer.address + buffer.bytes_per_bank &&
               buffer.address < old.address + old.bytes_per_bank;
    });
}

void Device::release_buffer(BankKind kind, std::uint64_t address) {
    const auto found = std::find_if(impl_->live.begin(), impl_->live.end(), [&](const LiveBuffer& buffer) {
        return buffer.kind == kind && buffer.address == address;
    });
    if (found == impl_->live.end()) {
        return;
    }
    if (found->bytes_per_bank >= kReturnToSystem) {
        const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
        for (std::uint32_t i = 0; i < bank_count(kind); ++i) {
            const auto begin = reinterpret_cast<std::uintptr_t>(bank(kind, i, address, found->bytes_per_bank));
            const std::uintptr_t first = (begin + page - 1) / page * page;
            const std::uintptr_t last = (begin + found->bytes_per_bank) / page * page;
#ifdef MADV_REMOVE
            if (last > first) {
                ::madvise(reinterpret_cast<void*>(first), last - first, MADV_REMOVE);
            }
#endif
        }
    }
    impl_->released.push_front(*found);
    if (impl_->released.size() > kMostReleased) {
        impl_->released.pop_back();
    }
    impl_->live.erase(found);
}

const LiveBuffer* Device::released_buffer(BankKind kind, std::uint64_t offset, std::uint64_t bytes) const {
    const auto found = std::find_if(impl_->released.begin(), impl_->released.end(), [&](const LiveBuffer& buffer) {
        return buffer.holds(kind, offset, bytes);
    });
    return found == impl_->released.end() ? nullptr : &*found;
}

void Device::wipe() {
    map_shared(impl_->dram_bytes(), impl_->dram);
    map_shared(impl_->l1_bytes(), impl_->l1);
    impl_->released.clear();
}

const std::vector<LiveBuffer>& Device::live_buffers() const { return impl_->live; }

std::optional<BankLocation> bank_at(const ChipShape& shape, NocXY xy) {
    if (xy.x >= shape.noc_offset && xy.y >= shape.noc_offset && xy.x < shape.noc_offset + shape.grid_x &&
        xy.y < shape.noc_offset + shape.grid_y) {
        return BankLocation{BankKind::L1, (xy.y - shape.noc_offset) * shape.grid_x + xy.x - shape.noc_offset};
    }
    for (std::uint32_t i = 0; i < shape.dram_banks; ++i) {
        if (kDramBankXY[i].x == xy.x && kDramBankXY[i].y == xy.y) {
            return BankLocation{BankKind::Dram, i};
        }
    }
    return std::nullopt;
}

NocXY bank_xy(const ChipShape& shape, BankKind kind, std::uint32_t bank) {
    if (kind == BankKind::Dram) {
        return kDramBankXY[bank];
    }
    return {bank % shape.grid_x + shape.noc_offset, bank / shape.grid_x + shape.noc_offset};
}

}  // namespace op_emulator

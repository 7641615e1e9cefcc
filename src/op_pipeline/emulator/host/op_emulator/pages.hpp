// The pages of a tensor in device memory: dealt out to all banks in turn, or placed by a distribution.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "device.hpp"

namespace tt::tt_metal {
class BufferDistributionSpec;
}

namespace op_emulator {

struct PagePlace {
    std::uint32_t bank;
    std::uint64_t slot;  // aligned pages from the start of the buffer in that bank
};

struct DevicePages {
    BankKind kind;
    std::uint64_t address, page_size, aligned_page_size, count;
    // Sharded: where each page lies, the banks of all shards, and the pages of the fullest. Interleaved: empty and 0.
    std::vector<PagePlace> places{};
    std::vector<std::uint32_t> banks{};
    std::uint64_t slots_per_bank = 0;

    std::uint64_t bytes_per_bank(const Device& device) const;
    // Between the device and `bytes`, which holds `count` pages of page_size each, without the gaps of the device.
    // Throws std::out_of_range past the end of a bank.
    void write(Device& device, const std::byte* bytes) const;
    void read(Device& device, std::byte* bytes) const;
};

// Places pages as the distribution says. TT_FATAL for a core or bank the device has not.
void distribute(DevicePages& pages, const tt::tt_metal::BufferDistributionSpec& distribution, const ChipShape& chip);

}  // namespace op_emulator

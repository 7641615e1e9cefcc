// Interleaved pages in device memory: page i lies in bank i mod banks, one after the other within a bank.
#pragma once
#include <cstddef>
#include <cstdint>

#include "device.hpp"

namespace op_emulator {

struct InterleavedPages {
    BankKind kind;
    std::uint64_t address, page_size, aligned_page_size, count;

    std::uint64_t bytes_per_bank(const Device& device) const;
    // Between the device and `bytes`, which holds `count` pages of page_size each, without the gaps of the device.
    // Throws std::out_of_range past the end of a bank.
    void write(Device& device, const std::byte* bytes) const;
    void read(Device& device, std::byte* bytes) const;
    // All ones, gaps included: contents of fresh memory are undefined on the device, and this is NaN in every format.
    void poison(Device& device) const;
};

}  // namespace op_emulator

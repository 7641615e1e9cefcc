// The emulated chip: grid, L1 of every worker core, DRAM banks, and the table of live buffers in them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "program_image.hpp"

namespace op_emulator {

struct ChipShape {  // an N150 as ttnn 0.81.1 shows it, but for the grid: 8x8 by default
    std::uint32_t grid_x = 8, grid_y = 8;
    std::uint32_t l1_size = 1499136;            // bytes a program may use per core
    std::uint32_t l1_unreserved_base = 0x19d60; // circular buffers grow up from here, tensors down from the top
    std::uint32_t dram_banks = 12;
    std::uint64_t dram_bank_size = 1ull << 30;
    std::uint64_t dram_unreserved_base = 0x100040;
    std::uint32_t l1_alignment = 16, dram_alignment = 32;
    std::uint32_t noc_offset = 18;  // NOC coordinate of a worker = logical + 18 on both axes
};

enum class BankKind : std::uint8_t { Dram, L1 };

// One allocated buffer: the same range [address, address + bytes_per_bank) in every bank of its kind. The allocator takes
// it from all of them; a sharded tensor has something to say in those of its grid only.
struct LiveBuffer {
    BankKind kind;
    std::uint64_t address;
    std::uint64_t bytes_per_bank;
    std::vector<std::uint32_t> banks{};  // in ascending order; empty: all

    bool in_bank(std::uint32_t bank) const;
    bool holds(BankKind where, std::uint64_t offset, std::uint64_t bytes) const {
        return kind == where && offset >= address && offset + bytes <= address + bytes_per_bank;
    }
    friend bool operator==(const LiveBuffer&, const LiveBuffer&) = default;
};

class Device {
public:
    explicit Device(ChipShape shape = {});
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    const ChipShape& shape() const;
    std::uint32_t core_count() const;  // grid_x * grid_y; L1 banks are numbered y * grid_x + x

    // Host access to the shared mappings. Throws std::out_of_range past the end of the bank.
    std::byte* dram(std::uint32_t bank, std::uint64_t offset, std::uint64_t bytes);
    std::byte* l1(CoreXY core, std::uint32_t offset, std::uint64_t bytes);
    std::byte* bank(BankKind kind, std::uint32_t bank, std::uint64_t offset, std::uint64_t bytes);
    std::uint32_t bank_count(BankKind kind) const;

    // Kernels may touch, over the NOC, only what is registered here or a core's own CBs and semaphores.
    // Registering fills the buffer as unwritten.hpp says: what the host does not write is undefined on hardware, so
    // register first.
    // Throws std::out_of_range when the buffer does not fit its banks.
    void register_buffer(const LiveBuffer& buffer);
    void release_buffer(BankKind kind, std::uint64_t address);
    const std::vector<LiveBuffer>& live_buffers() const;
    // The buffer that was released last of those which had this range, as long as nobody has it again; else nullptr.
    const LiveBuffer* released_buffer(BankKind kind, std::uint64_t offset, std::uint64_t bytes) const;

    // All memory back to zeros, so that nothing of an earlier program is left anywhere.
    void wipe();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace op_emulator

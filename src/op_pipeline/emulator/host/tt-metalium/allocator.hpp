// Where buffers lie: DRAM from its base upwards, L1 tensors from the top downwards, both in lock-step over all banks.
#pragma once
#include <cstdint>
#include <map>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/hal_types.hpp>

namespace op_emulator {
struct ChipShape;
}

namespace tt::tt_metal {

class Allocator {
public:
    explicit Allocator(const op_emulator::ChipShape& chip);

    // Address of a range of that many bytes in every bank. TT_FATAL when no gap is large enough.
    std::uint64_t allocate(BufferType type, std::uint64_t bytes_per_bank);
    void deallocate(BufferType type, std::uint64_t address);
    // Lowest L1 address a tensor occupies: circular buffers must stay below. Top of L1 when there is none.
    std::uint64_t lowest_l1_address() const;

    std::uint32_t get_alignment(BufferType type) const;
    std::uint32_t get_num_banks(BufferType type) const;
    std::uint64_t get_base_allocator_addr(HalMemType type) const;
    std::uint64_t get_bank_size(BufferType type) const;

private:
    struct Region {
        std::uint64_t begin, end;
        std::uint32_t alignment, banks;
        bool top_down;
        std::map<std::uint64_t, std::uint64_t> taken;  // address -> end
    };
    Region& region(BufferType type);
    const Region& region(BufferType type) const;
    Region dram_, l1_;
};

}  // namespace tt::tt_metal

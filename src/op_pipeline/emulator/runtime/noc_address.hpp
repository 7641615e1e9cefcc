// NOC addresses: 36 bits of offset, then six bits each of x and y (Wormhole, noc_parameters.h).
#pragma once
#include <cstdint>
#include <optional>

#include "device.hpp"

namespace op_emulator {

inline constexpr unsigned kNocOffsetBits = 36, kNocCoordinateBits = 6;

struct NocXY {
    std::uint32_t x = 0, y = 0;
};

constexpr std::uint64_t noc_address(NocXY xy, std::uint64_t offset) {
    return std::uint64_t{xy.y} << (kNocOffsetBits + kNocCoordinateBits) | std::uint64_t{xy.x} << kNocOffsetBits |
           (offset & ((1ull << kNocOffsetBits) - 1));
}
constexpr std::uint64_t noc_offset(std::uint64_t address) { return address & ((1ull << kNocOffsetBits) - 1); }
constexpr NocXY noc_xy(std::uint64_t address) {
    return {static_cast<std::uint32_t>(address >> kNocOffsetBits & 63),
            static_cast<std::uint32_t>(address >> (kNocOffsetBits + kNocCoordinateBits) & 63)};
}
// Multicast: the end corner stands where a unicast has its coordinates, the start corner above it.
constexpr NocXY noc_start_xy(std::uint64_t address) {
    return {static_cast<std::uint32_t>(address >> (kNocOffsetBits + 2 * kNocCoordinateBits) & 63),
            static_cast<std::uint32_t>(address >> (kNocOffsetBits + 3 * kNocCoordinateBits) & 63)};
}

// Coordinates of the twelve DRAM banks of an N150, bank 0 first.
inline constexpr NocXY kDramBankXY[] = {{0, 11}, {0, 1}, {0, 5}, {0, 7}, {5, 1}, {5, 11},
                                        {5, 2},  {5, 9}, {5, 8}, {5, 3}, {5, 5}, {5, 7}};

struct BankLocation {
    BankKind kind;
    std::uint32_t bank;
};

// Which bank answers at these coordinates; nothing when none does.
std::optional<BankLocation> bank_at(const ChipShape& shape, NocXY xy);
// Coordinates of a bank: DRAM bank number, or L1 bank y * grid_x + x.
NocXY bank_xy(const ChipShape& shape, BankKind kind, std::uint32_t bank);

}  // namespace op_emulator

// Composing NOC addresses, and the address generators for interleaved memory.
#pragma once
#include "api/alignment.h"
#include "data_movement.h"

namespace op_emulator {

// Page `id` of memory interleaved over all banks of a kind.
FORCE_INLINE uint64_t interleaved_address(
    bool dram, uint32_t id, uint32_t base, uint32_t aligned_page_size, uint32_t offset, Where where) {
    const uint32_t banks = abi::bank_count(dram);
    return abi::bank_address(dram, id % banks, uint64_t{base} + uint64_t{id / banks} * aligned_page_size + offset, where);
}

constexpr uint64_t noc_xy_address(uint32_t x, uint32_t y, uint64_t offset) {
    return uint64_t{y & 63} << 42 | uint64_t{x & 63} << 36 | offset;
}

template <typename, typename = void>
constexpr bool has_aligned_page_size = false;
template <typename T>
constexpr bool has_aligned_page_size<T, std::void_t<decltype(std::declval<const T&>().get_aligned_page_size())>> = true;

}  // namespace op_emulator

template <typename T>
inline constexpr bool has_get_aligned_page_size_v = op_emulator::has_aligned_page_size<T>;

namespace op_emulator {

template <typename AddrGen>
FORCE_INLINE uint32_t page_bytes(const AddrGen& addrgen) {
    if constexpr (has_aligned_page_size<AddrGen>) {
        return addrgen.get_aligned_page_size();
    } else {
        return addrgen.page_size;
    }
}

// my_x[noc], my_y[noc]: this core's own NOC coordinates, the same on both NOCs.
struct OwnCoordinate {
    unsigned shift;
    uint8_t operator[](unsigned) const { return static_cast<uint8_t>(abi::own_address(0) >> shift & 63); }
};

}  // namespace op_emulator

constexpr op_emulator::OwnCoordinate my_x{36}, my_y{42};

FORCE_INLINE uint64_t get_noc_addr(uint32_t noc_x, uint32_t noc_y, uint32_t addr, uint8_t noc = noc_index) {
    static_cast<void>(noc);  // virtual coordinates are the same on both NOCs
    return op_emulator::noc_xy_address(noc_x, noc_y, addr);
}

FORCE_INLINE uint64_t get_noc_addr(uint32_t addr, uint8_t noc = noc_index) {
    static_cast<void>(noc);
    return op_emulator::abi::own_address(addr);
}

FORCE_INLINE uint64_t get_noc_multicast_addr(
    uint32_t noc_x_start, uint32_t noc_y_start, uint32_t noc_x_end, uint32_t noc_y_end, uint32_t addr,
    uint8_t noc = noc_index) {
    static_cast<void>(noc);
    return uint64_t{noc_y_start & 63} << 54 | uint64_t{noc_x_start & 63} << 48 |
           op_emulator::noc_xy_address(noc_x_end, noc_y_end, addr);
}

template <bool DRAM>
FORCE_INLINE uint64_t get_noc_addr_from_bank_id(
    uint32_t bank_id, uint32_t bank_address_offset, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    static_cast<void>(noc);
    return op_emulator::abi::bank_address(DRAM, bank_id, bank_address_offset, where);
}

template <bool DRAM>
struct InterleavedAddrGen {
    static constexpr bool is_dram = DRAM;
    uint32_t bank_base_address;
    const uint32_t page_size;
    const uint32_t aligned_page_size = align_power_of_2(page_size, DRAM ? DRAM_ALIGNMENT : L1_ALIGNMENT);

    FORCE_INLINE uint64_t get_noc_addr(
        const uint32_t id, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        static_cast<void>(noc);
        return op_emulator::interleaved_address(DRAM, id, bank_base_address, aligned_page_size, offset, where);
    }
};

template <bool DRAM>
struct InterleavedPow2AddrGen {
    static constexpr bool is_dram = DRAM;
    const uint32_t bank_base_address;
    const uint32_t log_base_2_of_page_size;
    const uint32_t aligned_log_base_2_of_page_size = log_base_2_of_page_size > (DRAM ? 5u : 4u) ? log_base_2_of_page_size
                                                                                              : (DRAM ? 5u : 4u);

    FORCE_INLINE uint64_t get_noc_addr(
        const uint32_t id, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        static_cast<void>(noc);
        return op_emulator::interleaved_address(
            DRAM, id, bank_base_address, 1u << aligned_log_base_2_of_page_size, offset, where);
    }
};

template <bool DRAM>
struct InterleavedPow2AddrGenFast : InterleavedPow2AddrGen<DRAM> {};

template <bool DRAM, uint32_t page_size>
FORCE_INLINE auto get_interleaved_addr_gen(uint32_t base_addr) {
    if constexpr (is_power_of_2(page_size)) {
        return InterleavedPow2AddrGen<DRAM>{base_addr, static_cast<uint32_t>(__builtin_ctz(page_size))};
    } else {
        return InterleavedAddrGen<DRAM>{base_addr, page_size};
    }
}

template <bool DRAM, bool is_size_pow2>
FORCE_INLINE auto get_interleaved_addr_gen(uint32_t base_addr, uint32_t page_size, uint32_t log2_page_size) {
    if constexpr (is_size_pow2) {
        return InterleavedPow2AddrGen<DRAM>{base_addr, log2_page_size};
    } else {
        return InterleavedAddrGen<DRAM>{base_addr, page_size};
    }
}

// `size`: bytes of a page, or their logarithm where that is said.
template <bool DRAM, bool is_size_pow2>
FORCE_INLINE auto get_interleaved_addr_gen(uint32_t base_addr, uint32_t size) {
    return get_interleaved_addr_gen<DRAM, is_size_pow2>(base_addr, size, size);
}

template <bool DRAM, uint32_t tile_hw = 1024>
struct InterleavedAddrGenFast {
    static constexpr bool is_dram = DRAM;
    uint32_t bank_base_address;
    uint32_t page_size;
    DataFormat data_format;

    FORCE_INLINE uint64_t get_noc_addr(
        const uint32_t id, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        static_cast<void>(noc);
        const uint32_t full = op_emulator::tile_bytes(data_format);
        const uint32_t bytes = full / 1024 * tile_hw + full % 1024 * tile_hw / 1024;
        return op_emulator::interleaved_address(DRAM, id, bank_base_address, bytes, offset, where);
    }
};

template <typename AddrGen>
    requires requires(const AddrGen& generator) { generator.get_noc_addr(0u, 0u, uint8_t{0}); }
FORCE_INLINE uint64_t get_noc_addr(
    const uint32_t id, const AddrGen& addrgen, uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    return addrgen.get_noc_addr(id, offset, noc, where);
}

// What the parts of the NOC share: checks that every transfer passes, and the outstanding ones of the running kernel.
#pragma once
#include <cstdint>

#include "scheduler.hpp"

namespace op_emulator {

inline constexpr std::uint32_t kDramReadAlignment = 32, kDramWriteAlignment = 16, kL1Alignment = 16;
inline constexpr std::uint32_t kMostTransactionId = 15;

inline Transfers& own_transfers() { return running_core().transfers[risc_index(current())]; }

// Faults "noc_size", "noc_coordinates".
void check_call(std::uint32_t bytes, std::uint8_t noc, Where where);
// Fault "noc_alignment".
void check_alignment(std::uint64_t remote, std::uint32_t local, std::uint32_t alignment, const char* what, Where where);
// May this range be sent? Faults of the circular buffers, or "missing_read_barrier".
void check_source(std::uint32_t source, std::uint32_t bytes, Where where);
// Fault "noc_linked": a multicast that reserved its path has not been followed by its last one.
void check_not_linked(std::uint8_t noc, Where where);
void check_transaction_id(std::uint32_t transaction_id, Where where);
void count_unacknowledged(std::vector<Unacknowledged>& list, std::uint8_t noc, std::uint32_t transaction_id, Where first);
// Something was written there: wakes who waits for it.
void touched(const Remote& remote);

void start_read(
    std::uint64_t source, std::uint32_t destination, std::uint32_t bytes, std::uint8_t noc, std::uint32_t transaction_id,
    Where where);
void start_write(
    std::uint32_t source, std::uint64_t destination, std::uint32_t bytes, std::uint8_t noc, bool posted,
    std::uint32_t transaction_id, Where where);

}  // namespace op_emulator

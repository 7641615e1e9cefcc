// Free functions of data movement kernels: circular buffers, NOC transfers, barriers, semaphores.
#pragma once
#include "api/compile_time_args.h"
#include "api/debug/assert.h"
#include "api/debug/kernel_profiler.hpp"
#include "api/debug/waypoint.h"
#include "api/tensor/tensor_accessor.h"
#include "hostdevcommon/common_values.hpp"
#include "op_emulator/addresses.h"
#include "op_emulator/arguments.h"
#include "op_emulator/cb_interface.h"
#include "op_emulator/data_movement.h"
#include "op_emulator/descriptors.h"

// --- circular buffers ---------------------------------------------------------------------------------------------
FORCE_INLINE void cb_reserve_back(int32_t operand, int32_t num_pages, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_reserve_back(operand, num_pages, where);
}
FORCE_INLINE void cb_push_back(const int32_t operand, const int32_t num_pages, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_push_back(operand, num_pages, where);
}
FORCE_INLINE void cb_wait_front(int32_t operand, int32_t num_pages, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_wait_front(operand, num_pages, where);
}
FORCE_INLINE void cb_pop_front(int32_t operand, int32_t num_pages, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_pop_front(operand, num_pages, where);
}
FORCE_INLINE bool cb_pages_reservable_at_back(int32_t operand, int32_t num_pages, OP_EMULATOR_HERE) {
    return op_emulator::abi::cb_pages_reservable(operand, num_pages, where);
}
FORCE_INLINE bool cb_pages_available_at_front(int32_t operand, int32_t num_pages, OP_EMULATOR_HERE) {
    return op_emulator::abi::cb_pages_available(operand, num_pages, where);
}
FORCE_INLINE uint32_t get_write_ptr(uint32_t operand, OP_EMULATOR_HERE) {
    return op_emulator::abi::cb_write_pointer(operand, where);
}
FORCE_INLINE uint32_t get_read_ptr(uint32_t operand, OP_EMULATOR_HERE) {
    return op_emulator::abi::cb_read_pointer(operand, where);
}
constexpr int32_t get_tile_size(const int32_t operand, OP_EMULATOR_HERE) {
    return static_cast<int32_t>(op_emulator::declared_tile_bytes(operand, where));
}
constexpr uint32_t get_tile_hw(const int32_t operand, OP_EMULATOR_HERE) {
    const auto& buffer = op_emulator::declared_buffer(operand, where);
    return buffer.tile_height * buffer.tile_width;
}
constexpr DataFormat get_dataformat(const int32_t operand, OP_EMULATOR_HERE) {
    return static_cast<DataFormat>(op_emulator::declared_buffer(operand, where).format);
}

// --- reads and writes -----------------------------------------------------------------------------------------------
template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read(
    uint64_t src_noc_addr, uint32_t dst_local_l1_addr, uint32_t size, uint8_t noc = noc_index,
    uint32_t read_req_vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(read_req_vc);
    op_emulator::abi::noc_read(src_noc_addr, dst_local_l1_addr, size, noc, op_emulator::abi::kNoTransactionId, where);
}

template <bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read_one_packet(
    uint64_t src_noc_addr, uint32_t dst_local_l1_addr, uint32_t size, uint8_t noc = noc_index,
    uint32_t read_req_vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    noc_async_read(src_noc_addr, dst_local_l1_addr, size, noc, read_req_vc, where);
}

template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1, bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr, uint32_t size, uint8_t noc = noc_index,
    uint32_t vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::abi::noc_write(
        src_local_l1_addr, dst_noc_addr, size, noc, posted, op_emulator::abi::kNoTransactionId, where);
}

template <bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write_one_packet(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr, uint32_t size, uint8_t noc = noc_index,
    uint32_t vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    noc_async_write<NOC_MAX_BURST_SIZE, enable_noc_tracing, posted>(src_local_l1_addr, dst_noc_addr, size, noc, vc, where);
}

template <uint32_t max_page_size = NOC_MAX_BURST_SIZE + 1>
FORCE_INLINE void noc_async_write_multicast(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast, uint32_t size, uint32_t num_dests, bool linked = false,
    uint8_t noc = noc_index, uint8_t vc = NOC_MULTICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::abi::noc_write_multicast(
        src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, false, linked, noc, where);
}

template <bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_write_multicast_one_packet(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast, uint32_t size, uint32_t num_dests, bool linked = false,
    uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::one_packet(size, where);
    noc_async_write_multicast(
        src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, linked, noc, NOC_MULTICAST_WRITE_VC, where);
}

FORCE_INLINE void noc_async_write_multicast_loopback_src(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast, uint32_t size, uint32_t num_dests, bool linked = false,
    uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_write_multicast(
        src_local_l1_addr, dst_noc_addr_multicast, size, num_dests, true, linked, noc, where);
}

template <typename AddrGen, bool enable_noc_tracing = true>
FORCE_INLINE void noc_async_read_page(
    const uint32_t id, const AddrGen& addrgen, uint32_t dst_local_l1_addr, uint32_t offset = 0, uint8_t noc = noc_index,
    OP_EMULATOR_HERE) {
    noc_async_read(
        addrgen.get_noc_addr(id, offset, noc, where), dst_local_l1_addr, op_emulator::page_bytes(addrgen), noc,
        NOC_UNICAST_WRITE_VC, where);
}

template <typename AddrGen, bool enable_noc_tracing = true, bool posted = false>
FORCE_INLINE void noc_async_write_page(
    const uint32_t id, const AddrGen& addrgen, uint32_t src_local_l1_addr, uint32_t size = 0, uint32_t offset = 0,
    uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    noc_async_write<NOC_MAX_BURST_SIZE + 1, enable_noc_tracing, posted>(
        src_local_l1_addr, addrgen.get_noc_addr(id, offset, noc, where),
        size != 0 ? size : op_emulator::page_bytes(addrgen), noc, NOC_UNICAST_WRITE_VC, where);
}

template <typename AddrGen>
[[deprecated("use noc_async_read_page")]] FORCE_INLINE void noc_async_read_tile(
    const uint32_t id, const AddrGen& addrgen, uint32_t dst_local_l1_addr, uint32_t offset = 0, uint8_t noc = noc_index,
    OP_EMULATOR_HERE) {
    noc_async_read_page(id, addrgen, dst_local_l1_addr, offset, noc, where);
}

template <typename AddrGen>
[[deprecated("use noc_async_write_page")]] FORCE_INLINE void noc_async_write_tile(
    const uint32_t id, const AddrGen& addrgen, uint32_t src_local_l1_addr, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    noc_async_write_page(id, addrgen, src_local_l1_addr, 0, 0, noc, where);
}

template <typename DSpec>
FORCE_INLINE void noc_async_read_shard(
    const uint32_t shard_id, const TensorAccessor<DSpec>& s, uint32_t dst_local_l1_addr, uint8_t noc = noc_index,
    OP_EMULATOR_HERE) {
    noc_async_read(
        s.get_shard_noc_addr(shard_id, 0, noc, where), dst_local_l1_addr,
        s.get_aligned_page_size() * static_cast<uint32_t>(s.dspec().shard_volume()), noc, NOC_UNICAST_WRITE_VC, where);
}
template <typename DSpec, bool posted = false>
FORCE_INLINE void noc_async_write_shard(
    const uint32_t shard_id, const TensorAccessor<DSpec>& s, uint32_t src_local_l1_addr, uint8_t noc = noc_index,
    OP_EMULATOR_HERE) {
    noc_async_write<NOC_MAX_BURST_SIZE + 1, true, posted>(
        src_local_l1_addr, s.get_shard_noc_addr(shard_id, 0, noc, where),
        s.get_aligned_page_size() * static_cast<uint32_t>(s.dspec().shard_volume()), noc, NOC_UNICAST_WRITE_VC, where);
}

// Where an inline write ends: the device writes to memory and to stream registers in different ways.
enum class InlineWriteDst { DEFAULT, L1, REG };

template <InlineWriteDst dst_type = InlineWriteDst::DEFAULT, bool posted = false, bool flush = true>
FORCE_INLINE void noc_inline_dw_write(
    uint64_t addr, uint32_t val, uint8_t be = 0xF, uint8_t noc = noc_index, uint8_t vc = NOC_UNICAST_WRITE_VC,
    uint32_t customized_src_addr = 0, OP_EMULATOR_HERE) {
    static_assert(dst_type != InlineWriteDst::REG, "inline writes to stream registers: not modelled by the emulator");
    static_cast<void>(vc);
    static_cast<void>(customized_src_addr);
    op_emulator::abi::noc_write_word(addr, val, be, noc, posted, where);
}

template <InlineWriteDst dst_type = InlineWriteDst::DEFAULT, bool posted = false, bool flush = true>
FORCE_INLINE void noc_inline_mcast_dw_write(
    uint64_t addr, uint32_t val, uint8_t be = 0xF, uint8_t noc = noc_index, uint8_t vc = NOC_MULTICAST_WRITE_VC,
    uint32_t customized_src_addr = 0, uint32_t num_dest = 1, OP_EMULATOR_HERE) {
    static_assert(dst_type != InlineWriteDst::REG, "inline writes to stream registers: not modelled by the emulator");
    static_cast<void>(vc);
    static_cast<void>(customized_src_addr);
    op_emulator::abi::noc_write_word_multicast(addr, val, be, num_dest, noc, posted, where);
}

// --- barriers ---------------------------------------------------------------------------------------------------------
FORCE_INLINE void noc_async_read_barrier(uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(
        op_emulator::abi::Barrier::Reads, noc, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_write_barrier(uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(
        op_emulator::abi::Barrier::Writes, noc, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_writes_flushed(uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(
        op_emulator::abi::Barrier::WritesDeparted, noc, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_posted_writes_flushed(uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(
        op_emulator::abi::Barrier::PostedWritesDeparted, noc, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_atomic_barrier(uint8_t noc_idx = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(
        op_emulator::abi::Barrier::Atomics, noc_idx, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_full_barrier(uint8_t noc_idx = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(
        op_emulator::abi::Barrier::Full, noc_idx, op_emulator::abi::kNoTransactionId, where);
}
FORCE_INLINE void noc_async_read_barrier_with_trid(uint32_t trid, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(op_emulator::abi::Barrier::Reads, noc, trid, where);
}
FORCE_INLINE void noc_async_write_barrier_with_trid(uint32_t trid, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(op_emulator::abi::Barrier::Writes, noc, trid, where);
}
FORCE_INLINE void noc_async_write_flushed_with_trid(uint32_t trid, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::noc_barrier(op_emulator::abi::Barrier::WritesDeparted, noc, trid, where);
}
// Counters are exact here: there is nothing to reset.
FORCE_INLINE void reset_noc_trid_barrier_counter(uint32_t id_mask = 0xFFFF, uint32_t noc = noc_index) {
    static_cast<void>(id_mask);
    static_cast<void>(noc);
}

// --- semaphores ---------------------------------------------------------------------------------------------------------
template <ProgrammableCoreType type = ProgrammableCoreType::TENSIX>
FORCE_INLINE op_emulator::L1Address get_semaphore(uint32_t semaphore_id, OP_EMULATOR_HERE) {
    return op_emulator::abi::semaphore_address(semaphore_id, where);
}
FORCE_INLINE void noc_semaphore_set(volatile tt_l1_ptr uint32_t* sem_addr, uint32_t val, OP_EMULATOR_HERE) {
    op_emulator::abi::semaphore_set(op_emulator::l1_address<uint32_t>(sem_addr, where), val, where);
}
FORCE_INLINE void noc_semaphore_wait(volatile tt_l1_ptr uint32_t* sem_addr, uint32_t val, OP_EMULATOR_HERE) {
    op_emulator::abi::semaphore_wait(op_emulator::l1_address<uint32_t>(sem_addr, where), val, false, where);
}
FORCE_INLINE void noc_semaphore_wait_min(volatile tt_l1_ptr uint32_t* sem_addr, uint32_t val, OP_EMULATOR_HERE) {
    op_emulator::abi::semaphore_wait(op_emulator::l1_address<uint32_t>(sem_addr, where), val, true, where);
}
template <bool posted = false>
FORCE_INLINE void noc_semaphore_inc(
    uint64_t addr, uint32_t incr, uint8_t noc_id = noc_index, uint8_t vc = NOC_UNICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::abi::semaphore_increment(addr, incr, noc_id, posted, where);
}
template <bool posted = false>
FORCE_INLINE void noc_semaphore_inc_multicast(
    uint64_t addr, uint32_t incr, uint32_t num_dests, uint8_t noc_id = noc_index, uint8_t vc = NOC_MULTICAST_WRITE_VC,
    OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::abi::semaphore_increment_multicast(addr, incr, num_dests, noc_id, posted, where);
}
FORCE_INLINE void noc_semaphore_set_remote(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr, uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::semaphore_send(src_local_l1_addr, dst_noc_addr, noc, where);
}
FORCE_INLINE void noc_semaphore_set_multicast(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast, uint32_t num_dests, bool linked = false,
    uint8_t noc = noc_index, uint8_t vc = NOC_MULTICAST_WRITE_VC, OP_EMULATOR_HERE) {
    static_cast<void>(vc);
    op_emulator::abi::semaphore_send_multicast(src_local_l1_addr, dst_noc_addr_multicast, num_dests, false, linked, noc, where);
}
FORCE_INLINE void noc_semaphore_set_multicast_loopback_src(
    uint32_t src_local_l1_addr, uint64_t dst_noc_addr_multicast, uint32_t num_dests, bool linked = false,
    uint8_t noc = noc_index, OP_EMULATOR_HERE) {
    op_emulator::abi::semaphore_send_multicast(src_local_l1_addr, dst_noc_addr_multicast, num_dests, true, linked, noc, where);
}

#include "op_emulator/stateful_transfers.h"

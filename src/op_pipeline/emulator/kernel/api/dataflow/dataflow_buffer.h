// DataflowBuffer: on a Wormhole the same ring as a circular buffer, under the newer name.
#pragma once
#include "api/core_local_mem.h"
#include "api/dataflow/dfb_binding_token.h"
#include "api/debug/assert.h"
#include "op_emulator/cb_interface.h"
#include "op_emulator/descriptors.h"
#if !defined(COMPILE_FOR_TRISC)
#include "api/dataflow/noc.h"
#include "op_emulator/buffer_traits.h"
#endif
#include "api/lock.h"

// Pages of a buffer that a scope holds on to; get_ptr() is where they begin.
template <bool IsWrite>
class DfbScopedLock {
public:
    explicit DfbScopedLock(uint32_t address) : address_(address) {}
    DfbScopedLock(const DfbScopedLock&) = delete;
    DfbScopedLock& operator=(const DfbScopedLock&) = delete;

    template <typename T = uint32_t>
    [[nodiscard]] CoreLocalMem<std::conditional_t<IsWrite, T, const T>> get_ptr() const {
        return address_;
    }

private:
    uint32_t address_;
};

class DataflowBuffer {
public:
    template <dfb::AccessPattern Producer, dfb::AccessPattern Consumer>
    DataflowBuffer(DFBBindingToken<Producer, Consumer> token) : DataflowBuffer(static_cast<uint16_t>(token)) {}
    DataflowBuffer(RelayDFBBindingToken token) : DataflowBuffer(static_cast<uint16_t>(token)) {}
    DataflowBuffer(uint16_t logical_dfb_id) : id_(logical_dfb_id) {}

    uint16_t get_id() const { return id_; }
    uint32_t get_entry_size(OP_EMULATOR_HERE) const {  // bytes, in compute kernels too
        return op_emulator::abi::cb_layout(id_, where).page_size;
    }
    uint32_t get_stride_size(OP_EMULATOR_HERE) const { return get_entry_size(where); }
    uint32_t get_total_num_entries(OP_EMULATOR_HERE) const { return op_emulator::abi::cb_layout(id_, where).pages; }
    uint32_t get_total_size_bytes(OP_EMULATOR_HERE) const { return op_emulator::abi::cb_layout(id_, where).total_size; }
    // A Wormhole has one ring for all of the buffer, and each operation moves one entry after the other.
    uint32_t get_local_num_entries(OP_EMULATOR_HERE) const { return get_total_num_entries(where); }
    uint32_t get_local_size_bytes(OP_EMULATOR_HERE) const { return get_total_size_bytes(where); }
    uint32_t get_ring_span_bytes(OP_EMULATOR_HERE) const { return get_total_size_bytes(where); }
    uint32_t get_ring_span_num_entries(OP_EMULATOR_HERE) const { return get_total_num_entries(where); }
    uint16_t get_producer_share() const { return 1; }
    uint16_t get_consumer_share() const { return 1; }
    uint16_t get_producer_stride_tiles() const { return 1; }
    uint16_t get_consumer_stride_tiles() const { return 1; }

    void reserve_back(uint16_t num_entries, OP_EMULATOR_HERE) { op_emulator::abi::cb_reserve_back(id_, num_entries, where); }
    void push_back(uint16_t num_entries, OP_EMULATOR_HERE) { op_emulator::abi::cb_push_back(id_, num_entries, where); }
    void wait_front(uint16_t num_entries, OP_EMULATOR_HERE) { op_emulator::abi::cb_wait_front(id_, num_entries, where); }
    void pop_front(uint16_t num_entries, OP_EMULATOR_HERE) { op_emulator::abi::cb_pop_front(id_, num_entries, where); }

    constexpr uint32_t get_tile_size(OP_EMULATOR_HERE) const { return op_emulator::declared_tile_bytes(id_, where); }
    constexpr uint32_t get_tile_r_dim(OP_EMULATOR_HERE) const { return op_emulator::declared_buffer(id_, where).tile_height; }
    constexpr uint32_t get_tile_c_dim(OP_EMULATOR_HERE) const { return op_emulator::declared_buffer(id_, where).tile_width; }
    constexpr uint32_t get_tile_hw(OP_EMULATOR_HERE) const { return get_tile_r_dim(where) * get_tile_c_dim(where); }
    constexpr DataFormat get_dataformat(OP_EMULATOR_HERE) const {
        return static_cast<DataFormat>(op_emulator::declared_buffer(id_, where).format);
    }
    constexpr DataFormat get_unpack_dst_format(OP_EMULATOR_HERE) const { return get_dataformat(where); }
    constexpr DataFormat get_pack_src_format(OP_EMULATOR_HERE) const { return get_dataformat(where); }
    constexpr DataFormat get_pack_dst_format(OP_EMULATOR_HERE) const { return get_dataformat(where); }
    // Faces are 16 by 16, fewer rows where the tile is lower.
    constexpr uint32_t get_face_r_dim(OP_EMULATOR_HERE) const { return get_tile_r_dim(where) < 16 ? get_tile_r_dim(where) : 16; }
    constexpr uint32_t get_num_faces_r_dim(OP_EMULATOR_HERE) const { return get_tile_r_dim(where) / get_face_r_dim(where); }
    constexpr uint32_t get_num_faces_c_dim(OP_EMULATOR_HERE) const { return get_tile_c_dim(where) < 16 ? 1 : get_tile_c_dim(where) / 16; }
    constexpr uint32_t get_tile_num_faces(OP_EMULATOR_HERE) const {
        return get_num_faces_r_dim(where) * get_num_faces_c_dim(where);
    }
    constexpr uint32_t get_partial_face(OP_EMULATOR_HERE) const { return get_tile_r_dim(where) < 16; }
    constexpr uint32_t get_narrow_tile(OP_EMULATOR_HERE) const { return get_tile_c_dim(where) < 32; }

    [[nodiscard]] DfbScopedLock<true> scoped_write_lock(uint16_t num_entries = 1, OP_EMULATOR_HERE) {
        static_cast<void>(num_entries);
        return DfbScopedLock<true>(get_write_ptr(where));
    }
    [[nodiscard]] DfbScopedLock<false> scoped_read_lock(uint16_t num_entries = 1, OP_EMULATOR_HERE) {
        static_cast<void>(num_entries);
        return DfbScopedLock<false>(get_read_ptr(where));
    }

#if defined(COMPILE_FOR_TRISC)
    uint32_t get_tile_address(uint32_t tile_index, OP_EMULATOR_HERE) {
        return op_emulator::abi::cb_read_pointer(id_, where) + get_entry_size(where) * tile_index;
    }
    template <typename T = uint32_t>
    T read_tile_value(uint32_t tile_index, uint32_t element_offset, OP_EMULATOR_HERE) {
        return op_emulator::l1_pointer<const volatile T*>(get_tile_address(tile_index, where), where)[element_offset];
    }
#else
    bool pages_reservable_at_back(int32_t num_pages, OP_EMULATOR_HERE) const {
        return op_emulator::abi::cb_pages_reservable(id_, num_pages, where);
    }
    bool pages_available_at_front(int32_t num_pages, OP_EMULATOR_HERE) const {
        return op_emulator::abi::cb_pages_available(id_, num_pages, where);
    }
    void write_barrier(const Noc& noc, OP_EMULATOR_HERE) const { noc.async_write_barrier({}, where); }
#endif

    void finish() {}
    uint32_t get_write_ptr(OP_EMULATOR_HERE) const { return op_emulator::abi::cb_write_pointer(id_, where) >> cb_addr_shift; }
    uint32_t get_read_ptr(OP_EMULATOR_HERE) const { return op_emulator::abi::cb_read_pointer(id_, where) >> cb_addr_shift; }
    // Moves this processor's own pointer; for kernels that lay out a ring themselves.
    void evil_set_write_ptr(uint32_t addr, OP_EMULATOR_HERE) {
        op_emulator::abi::cb_move_pointer(id_, true, addr << cb_addr_shift, where);
    }
    void evil_set_read_ptr(uint32_t addr, OP_EMULATOR_HERE) {
        op_emulator::abi::cb_move_pointer(id_, false, addr << cb_addr_shift, where);
    }

private:
    uint16_t id_;
};

#if !defined(COMPILE_FOR_TRISC)
template <>
struct noc_traits_t<DataflowBuffer> : op_emulator::BufferTraits<DataflowBuffer, DataflowBufferArgs> {};
#endif

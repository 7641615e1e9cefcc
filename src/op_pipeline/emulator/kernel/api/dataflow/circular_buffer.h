// CircularBuffer: one buffer of this core, in data movement and compute kernels alike.
#pragma once
#include "op_emulator/cb_interface.h"
#if !defined(COMPILE_FOR_TRISC)
#include "api/dataflow/noc.h"
#include "op_emulator/buffer_traits.h"
#endif
#include "api/lock.h"

class CircularBuffer {
public:
    enum class AddrSelector { WRITE_PTR, READ_PTR };

    explicit CircularBuffer(uint32_t cb_id) : cb_id_(cb_id) {}

    uint32_t get_cb_id() const { return cb_id_; }
    void reserve_back(int32_t num_pages, OP_EMULATOR_HERE) { op_emulator::abi::cb_reserve_back(cb_id_, num_pages, where); }
    void push_back(int32_t num_pages, OP_EMULATOR_HERE) { op_emulator::abi::cb_push_back(cb_id_, num_pages, where); }
    void wait_front(int32_t num_pages, OP_EMULATOR_HERE) { op_emulator::abi::cb_wait_front(cb_id_, num_pages, where); }
    void pop_front(int32_t num_pages, OP_EMULATOR_HERE) { op_emulator::abi::cb_pop_front(cb_id_, num_pages, where); }

#if defined(COMPILE_FOR_TRISC)
    uint32_t get_tile_address(uint32_t tile_index, OP_EMULATOR_HERE) {
        return op_emulator::abi::cb_read_pointer(cb_id_, where) +
               op_emulator::abi::cb_layout(cb_id_, where).page_size * tile_index;
    }
    uint32_t read_tile_value(uint32_t tile_index, uint32_t element_offset, OP_EMULATOR_HERE) {
        return op_emulator::l1_pointer<volatile uint32_t*>(get_tile_address(tile_index, where), where)[element_offset];
    }
#else
    constexpr uint32_t get_tile_size(OP_EMULATOR_HERE) const { return op_emulator::declared_tile_bytes(cb_id_, where); }
    constexpr uint32_t get_tile_hw(OP_EMULATOR_HERE) const { return ::get_tile_hw(cb_id_, where); }
    constexpr DataFormat get_dataformat(OP_EMULATOR_HERE) const { return ::get_dataformat(cb_id_, where); }
    bool pages_reservable_at_back(int32_t num_pages, OP_EMULATOR_HERE) const {
        return op_emulator::abi::cb_pages_reservable(cb_id_, num_pages, where);
    }
    bool pages_available_at_front(int32_t num_pages, OP_EMULATOR_HERE) const {
        return op_emulator::abi::cb_pages_available(cb_id_, num_pages, where);
    }
#endif

    // Bytes in data movement kernels, units of 16 bytes in compute kernels.
    uint32_t get_write_ptr(OP_EMULATOR_HERE) const {
        return op_emulator::abi::cb_write_pointer(cb_id_, where) >> cb_addr_shift;
    }
    uint32_t get_read_ptr(OP_EMULATOR_HERE) const {
        return op_emulator::abi::cb_read_pointer(cb_id_, where) >> cb_addr_shift;
    }

    [[nodiscard]] auto scoped_lock() {
        return Lock([] {});
    }

private:
    uint32_t cb_id_;
};

#if !defined(COMPILE_FOR_TRISC)

// Chooses the pointer a transfer uses, where the default (read pointer as a source, write pointer as a target) is wrong.
template <CircularBuffer::AddrSelector AddrSel>
struct CircularBufferView {
    const CircularBuffer& cb;
    explicit constexpr CircularBufferView(const CircularBuffer& c) : cb(c) {}
    uint32_t address() const {
        return AddrSel == CircularBuffer::AddrSelector::READ_PTR ? cb.get_read_ptr(op_emulator::Where{})
                                                               : cb.get_write_ptr(op_emulator::Where{});
    }
};

template <CircularBuffer::AddrSelector AddrSel>
constexpr auto use(const CircularBuffer& cb) {
    return CircularBufferView<AddrSel>(cb);
}

template <>
struct noc_traits_t<CircularBuffer> : op_emulator::BufferTraits<CircularBuffer> {};
template <CircularBuffer::AddrSelector AddrSel>
struct noc_traits_t<CircularBufferView<AddrSel>> : op_emulator::BufferTraits<CircularBufferView<AddrSel>> {};

#include "api/tensor/noc_traits.h"
#endif

// A core's own record of one circular buffer. Its fields are looked up when they are read; the two pointers can be moved.
#pragma once
#include "abi.h"
#include "macros.h"

#if defined(COMPILE_FOR_TRISC)
constexpr uint32_t cb_addr_shift = 4;  // compute kernels count L1 in units of 16 bytes
#else
constexpr uint32_t cb_addr_shift = 0;
#endif

namespace op_emulator {

enum class CbQuantity : uint8_t { kSize, kLimit, kPageSize, kPages, kReadPointer, kWritePointer };

template <CbQuantity quantity>
struct CbField {
    uint32_t cb;

    FORCE_INLINE operator uint32_t() const {
        if constexpr (quantity == CbQuantity::kReadPointer) {
            return abi::cb_read_pointer(cb, Where::here()) >> cb_addr_shift;
        } else if constexpr (quantity == CbQuantity::kWritePointer) {
            return abi::cb_write_pointer(cb, Where::here()) >> cb_addr_shift;
        } else {
            const abi::CbLayout layout = abi::cb_layout(cb, Where::here());
            switch (quantity) {
                case CbQuantity::kSize: return layout.total_size >> cb_addr_shift;
                case CbQuantity::kLimit: return (layout.address + layout.total_size) >> cb_addr_shift;
                case CbQuantity::kPageSize: return layout.page_size >> cb_addr_shift;
                default: return layout.pages;
            }
        }
    }
    FORCE_INLINE const CbField& operator=(uint32_t address) const {
        static_assert(
            quantity == CbQuantity::kReadPointer || quantity == CbQuantity::kWritePointer,
            "only the pointers of a circular buffer can be moved");
        abi::cb_move_pointer(cb, quantity == CbQuantity::kWritePointer, address << cb_addr_shift, Where::here());
        return *this;
    }
};

}  // namespace op_emulator

struct LocalCBInterface {
    op_emulator::CbField<op_emulator::CbQuantity::kSize> fifo_size;
    op_emulator::CbField<op_emulator::CbQuantity::kLimit> fifo_limit;
    op_emulator::CbField<op_emulator::CbQuantity::kPageSize> fifo_page_size;
    op_emulator::CbField<op_emulator::CbQuantity::kPages> fifo_num_pages;
    op_emulator::CbField<op_emulator::CbQuantity::kReadPointer> fifo_rd_ptr;
    op_emulator::CbField<op_emulator::CbQuantity::kWritePointer> fifo_wr_ptr;
};

namespace op_emulator {

template <uint32_t... cb>
constexpr std::array<LocalCBInterface, sizeof...(cb)> local_interfaces(std::integer_sequence<uint32_t, cb...>) {
    return {LocalCBInterface{{cb}, {cb}, {cb}, {cb}, {cb}, {cb}}...};
}
// Constants: what they show belongs to the core that looks.
inline constexpr auto kLocalInterfaces = local_interfaces(std::make_integer_sequence<uint32_t, 32>());

}  // namespace op_emulator

FORCE_INLINE LocalCBInterface& get_local_cb_interface(uint32_t cb_id, OP_EMULATOR_HERE) {
    static_cast<void>(op_emulator::abi::cb_layout(cb_id, where));  // a buffer that was not declared is a fault here
    return const_cast<LocalCBInterface&>(op_emulator::kLocalInterfaces[cb_id]);
}

// How the packer's thread waits for the maths where a kernel writes it out in instructions, to run the vector unit there:
//   TTI_SEMWAIT(stall, MATH_PACK, STALL_ON_ZERO)   is tile_regs_wait
//   TT_SETC16(DEST_TARGET_REG_CFG_MATH_Offset_ADDR32, get_packer_dest_offset())   points the vector unit at those tiles
//   TTI_STALLWAIT(STALL_PACK, WAIT_SFPU)   holds the packer until it is done
#pragma once
#include "api/compute/common_globals.h"
#include "compute_api.h"

namespace ckernel {

struct p_stall {
    static constexpr uint32_t NONE = 0x0, STALL_TDMA = 0x1, STALL_PACK = 0x8, STALL_CFG = 0x80;
    static constexpr uint32_t WAIT_SFPU = 0x4000;
    static constexpr uint32_t STALL_ON_ZERO = 0x1, STALL_ON_MAX = 0x2;
};

struct semaphore {
    static constexpr uint32_t MATH_PACK = 1;
    static constexpr uint16_t t6_sem(uint8_t index) { return static_cast<uint16_t>(1u << index); }
};

namespace packer {
struct DestOffset {};
constexpr DestOffset get_packer_dest_offset() { return {}; }
}  // namespace packer

}  // namespace ckernel

inline constexpr uint32_t DEST_TARGET_REG_CFG_MATH_Offset_ADDR32 = 1;

namespace op_emulator {

ALWI void wait_for_semaphore(uint32_t stalled, uint32_t semaphores, uint32_t condition, OP_EMULATOR_HERE) {
    if (semaphores != ckernel::semaphore::t6_sem(ckernel::semaphore::MATH_PACK) ||
        condition != ckernel::p_stall::STALL_ON_ZERO) {
        abi::not_modelled("TTI_SEMWAIT other than the packer's wait for the maths", "tile_regs_wait", where);
    }
    compute::regs_wait(where);
}

template <uint32_t stalled, uint32_t condition>
ALWI void wait_for_unit() {
    static_assert(
        stalled == ckernel::p_stall::STALL_PACK && condition == ckernel::p_stall::WAIT_SFPU,
        "TTI_STALLWAIT: the emulator knows only the packer's wait for the vector unit");
}

template <uint32_t address>
ALWI void point_vector_unit(ckernel::packer::DestOffset) {
    static_assert(
        address == DEST_TARGET_REG_CFG_MATH_Offset_ADDR32, "TT_SETC16: the emulator knows only the offset of DST");
}

}  // namespace op_emulator

#define TTI_SEMWAIT(stalled, semaphores, condition) ::op_emulator::wait_for_semaphore(stalled, semaphores, condition)
#define TTI_STALLWAIT(stalled, condition) ::op_emulator::wait_for_unit<(stalled), (condition)>()
#define TT_SETC16(address, value) ::op_emulator::point_vector_unit<(address)>(value)

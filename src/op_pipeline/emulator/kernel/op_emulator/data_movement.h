// What every data movement header stands on: NOC constants of the Wormhole, and a refusal of compute kernels.
#pragma once
#include "abi.h"
#include "macros.h"

#if defined(COMPILE_FOR_TRISC)
#error "the NOC belongs to data movement kernels: a compute kernel must not include data movement headers"
#endif

#ifndef NOC_INDEX
#if defined(COMPILE_FOR_BRISC)
#define NOC_INDEX 1
#else
#define NOC_INDEX 0
#endif
#endif

constexpr uint8_t noc_index = NOC_INDEX;

#define NOC_MAX_BURST_SIZE 8192
#define NOC_MAX_TRANSACTION_ID 0xF
#define NOC_UNICAST_WRITE_VC 1
#define NOC_MULTICAST_WRITE_VC 4
#define NOC_L1_READ_ALIGNMENT_BYTES 16
#define NOC_L1_WRITE_ALIGNMENT_BYTES 16
#define NOC_DRAM_READ_ALIGNMENT_BYTES 32
#define NOC_DRAM_WRITE_ALIGNMENT_BYTES 16
#define L1_ALIGNMENT 16u
#define DRAM_ALIGNMENT 32u

// Command buffers of a NOC; kernels name them in some calls.
constexpr uint8_t write_cmd_buf = 0, read_cmd_buf = 1, write_reg_cmd_buf = 2, write_at_cmd_buf = 3;

constexpr uint8_t NCRISC_WR_CMD_BUF = write_cmd_buf, NCRISC_RD_CMD_BUF = read_cmd_buf;

// Fields of NOC_CTRL; kernels put a command buffer's virtual channel back with them.
#define NOC_CMD_CPY (0x0 << 0)
#define NOC_CMD_RD (0x0 << 1)
#define NOC_CMD_WR (0x1 << 1)
#define NOC_CMD_RESP_MARKED (0x1 << 4)
#define NOC_CMD_VC_STATIC (0x1 << 7)
#define NOC_CMD_STATIC_VC(vc) (static_cast<uint32_t>(vc) << 14)
constexpr uint32_t NOC_CTRL = 0x28;

// Virtual channels do not matter here; no other register can be written.
FORCE_INLINE void NOC_CMD_BUF_WRITE_REG(uint32_t noc, uint32_t buffer, uint32_t reg, uint32_t value, OP_EMULATOR_HERE) {
    static_cast<void>(noc);
    static_cast<void>(buffer);
    static_cast<void>(value);
    if (reg != NOC_CTRL) {
        op_emulator::abi::not_modelled("NOC_CMD_BUF_WRITE_REG", "the functions of api/dataflow/noc.h", where);
    }
}

enum class ProgrammableCoreType : uint8_t { TENSIX = 0 };

namespace op_emulator {

// The one-packet forms send the size as it is to the NOC, which cuts off what is more than a packet.
FORCE_INLINE void check_size(uint32_t bytes, Where where) {
    if (bytes == 0) [[unlikely]] {
        abi::noc_empty_transfer(where);
    }
}
FORCE_INLINE void one_packet(uint32_t bytes, Where where) {
    check_size(bytes, where);
    if (bytes > NOC_MAX_BURST_SIZE) [[unlikely]] {
        abi::noc_more_than_a_packet(bytes, where);
    }
}

}  // namespace op_emulator

// Gives way to other kernels: loops that poll memory call it on the device as well.
FORCE_INLINE void invalidate_l1_cache(OP_EMULATOR_HERE) { op_emulator::abi::poll(where); }

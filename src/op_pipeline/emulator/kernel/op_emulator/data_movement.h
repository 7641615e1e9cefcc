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
#define NOC_UNICAST_WRITE_VC 1
#define NOC_MULTICAST_WRITE_VC 4
#define NOC_L1_READ_ALIGNMENT_BYTES 16
#define NOC_L1_WRITE_ALIGNMENT_BYTES 16
#define NOC_DRAM_READ_ALIGNMENT_BYTES 32
#define NOC_DRAM_WRITE_ALIGNMENT_BYTES 16
#define L1_ALIGNMENT 16u
#define DRAM_ALIGNMENT 32u

// Gives way to other kernels: loops that poll memory call it on the device as well.
FORCE_INLINE void invalidate_l1_cache(OP_EMULATOR_HERE) { op_emulator::abi::poll(where); }

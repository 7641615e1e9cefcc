// Types and macros every compute header needs.
#pragma once
#if !defined(COMPILE_FOR_TRISC)
#error "api/compute/ headers are for compute kernels; this is a data-movement kernel (reader or writer)"
#endif
#include "llk_defs.h"
#include "op_emulator/cb_interface.h"
#include "op_emulator/data_format.h"
#include "op_emulator/descriptors.h"
#include "op_emulator/macros.h"
#include "op_emulator/where.h"

#define L1_ALIGNMENT 16u  // bytes

// Silicon compiles a compute kernel three times, once per thread; the emulator once, for all of them.
#define MATH(...) __VA_ARGS__
#define PACK(...) __VA_ARGS__
#define UNPACK(...) __VA_ARGS__

namespace ckernel {

enum class VectorMode : uint8_t { None = 0, R = 1, C = 2, RC = 4, RC_custom = 6, Invalid = 0xFF };
enum class EltwiseBinaryType : uint8_t { ELWMUL, ELWDIV, ELWADD, ELWSUB, ELWLESS };
enum class EltwiseBinaryReuseDestType { NONE = 0, DEST_TO_SRCA = 1, DEST_TO_SRCB = 2 };
enum class BroadcastType : uint8_t { NONE = 0, COL = 1, ROW = 2, SCALAR = 3 };
enum class RoundingMode : uint8_t { None = 0, Trunc = 1, Floor = 2 };
enum class DstRoundingMode : uint8_t { Default = 0, NearestEven = 1 };

struct p_sfpu {
    static constexpr uint32_t kCONST_1_FP16B = 0x3F80;
};

}  // namespace ckernel

using namespace ckernel;

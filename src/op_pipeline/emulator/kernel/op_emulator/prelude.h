// First forced include of every kernel, precompiled: nothing here depends on the kernel. The toolchain then includes a
// generated header which defines, per kernel,
//   COMPILE_FOR_BRISC | COMPILE_FOR_NCRISC | COMPILE_FOR_TRISC   the RISC (COMPILE_FOR_TRISC as 0, like tt-metal)
//   NOC_INDEX                       0 or 1, data movement only
//   KERNEL_COMPILE_TIME_ARGS        comma list of the words; leave it undefined when there are none
//   KERNEL_COMPILE_TIME_ARG_MAP     {"name", word}, ... ; leave it undefined when there are none
//   OP_EMULATOR_CIRCULAR_BUFFERS    {index, format, page_size, tile_height, tile_width}, ... ; may be undefined
// and the host's own defines, and ends with #include "op_emulator/late.h".
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include "abi.h"
#include "data_format.h"
#include "macros.h"
#include "where.h"

using std::int16_t;
using std::int32_t;
using std::int64_t;
using std::int8_t;
using std::uint16_t;
using std::uint32_t;
using std::uint64_t;
using std::uint8_t;
using std::uintptr_t;
using uint = unsigned int;

using op_emulator::DataFormat;

#include "pointers.h"

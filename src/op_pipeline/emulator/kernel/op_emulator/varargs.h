// Arguments without a name: they stand behind the named ones. The generated header says where.
#pragma once
#include "api/compile_time_args.h"
#include "op_emulator/arguments.h"

FORCE_INLINE uint32_t get_vararg(uint32_t idx, OP_EMULATOR_HERE) {
    return get_arg_val<uint32_t>(static_cast<int>(OP_EMULATOR_VARARGS + idx), where);
}
FORCE_INLINE uint32_t get_common_vararg(uint32_t idx, OP_EMULATOR_HERE) {
    return get_common_arg_val<uint32_t>(static_cast<int>(OP_EMULATOR_COMMON_VARARGS + idx), where);
}
FORCE_INLINE constexpr uint32_t get_num_compile_time_varargs() { return OP_EMULATOR_COMPILE_TIME_VARARGS; }
template <uint32_t idx>
FORCE_INLINE constexpr uint32_t get_compile_time_vararg() {
    static_assert(idx < get_num_compile_time_varargs(), "get_compile_time_vararg: the host gave fewer");
    return kernel_compile_time_args[idx];
}

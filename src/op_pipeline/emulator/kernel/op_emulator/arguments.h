// Runtime arguments. dataflow_api.h and the compute headers both declare them on the device.
#pragma once
#include "abi.h"
#include "macros.h"

// L1 address of a copy of the argument.
FORCE_INLINE op_emulator::L1Address get_arg_addr(int arg_idx, OP_EMULATOR_HERE) {
    return op_emulator::abi::argument_address(arg_idx, where);
}

FORCE_INLINE op_emulator::L1Address get_common_arg_addr(int arg_idx, OP_EMULATOR_HERE) {
    return op_emulator::abi::common_argument_address(arg_idx, where);
}

template <typename T>
FORCE_INLINE T get_arg_val(int arg_idx, OP_EMULATOR_HERE) {
    static_assert(sizeof(T) == 4, "runtime arguments are 32-bit words");
    return __builtin_bit_cast(T, op_emulator::abi::argument(arg_idx, where));
}

template <typename T>
FORCE_INLINE T get_common_arg_val(int arg_idx, OP_EMULATOR_HERE) {
    static_assert(sizeof(T) == 4, "runtime arguments are 32-bit words");
    return __builtin_bit_cast(T, op_emulator::abi::common_argument(arg_idx, where));
}

inline uint8_t get_absolute_logical_x() { return static_cast<uint8_t>(op_emulator::abi::logical_x()); }
inline uint8_t get_absolute_logical_y() { return static_cast<uint8_t>(op_emulator::abi::logical_y()); }
inline uint8_t get_relative_logical_x() { return static_cast<uint8_t>(op_emulator::abi::relative_x()); }
inline uint8_t get_relative_logical_y() { return static_cast<uint8_t>(op_emulator::abi::relative_y()); }

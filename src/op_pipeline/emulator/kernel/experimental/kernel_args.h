// Named arguments: get_arg(args::name), whichever way the host passes the value.
#pragma once
#if defined(COMPILE_FOR_TRISC)
#include "api/compute/common.h"
#endif
#include "op_emulator/arguments.h"

#define TT_KERNEL static FORCE_INLINE

namespace experimental {

template <typename T>
struct RtaArg {
    uint32_t byte_offset;
};
template <typename T>
struct CrtaArg {
    uint32_t byte_offset;
};
template <typename T>
struct CtaVal {
    T value;
};

template <typename T>
FORCE_INLINE T get_arg(RtaArg<T> arg, OP_EMULATOR_HERE) {
    return get_arg_val<T>(static_cast<int>(arg.byte_offset / 4), where);
}
template <typename T>
FORCE_INLINE T get_arg(CrtaArg<T> arg, OP_EMULATOR_HERE) {
    return get_common_arg_val<T>(static_cast<int>(arg.byte_offset / 4), where);
}
template <typename T>
FORCE_INLINE constexpr T get_arg(CtaVal<T> arg) {
    return arg.value;
}

}  // namespace experimental

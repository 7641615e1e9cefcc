// What kernels take from the vector unit's own headers.
#pragma once
#include "ckernel.h"

namespace ckernel::sfpu {

// Every init of the vector unit does this, too.
inline void _init_sfpu_config_reg() {}

}  // namespace ckernel::sfpu

// tile_regs_acquire_math_clear and its release exist on Blackhole only; on Wormhole the header adds nothing.
#pragma once
#include "api/compute/reg_api.h"

// clamped_silu_glu_tile exists on Blackhole only; on Wormhole the header declares nothing.
#pragma once
#include "api/compute/common_globals.h"

// Enumerations of the processor header; kernels that include it use those of llk_defs.h.
#pragma once
#include "llk_defs.h"

// What this header adds exists on Blackhole only; on Wormhole it is api/compute/reg_api.h.
#pragma once
#include "api/compute/reg_api.h"

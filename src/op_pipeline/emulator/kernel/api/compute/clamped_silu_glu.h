// What this header declares exists on Blackhole only; on Wormhole it is empty, as in the device's build.
#pragma once
#include "api/compute/common_globals.h"

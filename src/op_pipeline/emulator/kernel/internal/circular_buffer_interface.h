// The circular buffer as kernels may look at it: get_local_cb_interface.
#pragma once
#include "op_emulator/cb_interface.h"

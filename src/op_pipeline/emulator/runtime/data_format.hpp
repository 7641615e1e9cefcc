// The formats are shared with the kernels' headers, which must not reach outside their own folder.
#pragma once
#include "../kernel/op_emulator/data_format.h"

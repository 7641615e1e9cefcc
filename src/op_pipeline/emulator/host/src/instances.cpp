#define OP_EMULATOR_DEFINES_INSTANCES
#include "op_emulator/instances.hpp"

#define OP_EMULATOR_DEFINE(...) template class __VA_ARGS__;
OP_EMULATOR_INSTANCES(OP_EMULATOR_DEFINE)

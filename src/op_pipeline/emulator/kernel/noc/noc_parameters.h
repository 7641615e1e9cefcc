// Names of NOC parameters: part of every data movement kernel.
#pragma once
#include "op_emulator/data_movement.h"

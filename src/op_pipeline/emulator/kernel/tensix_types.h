// DataFormat: part of every kernel here.
#pragma once
#include "op_emulator/data_format.h"

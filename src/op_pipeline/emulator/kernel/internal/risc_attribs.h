// Attribute macros: part of every kernel here.
#pragma once
#include "op_emulator/macros.h"

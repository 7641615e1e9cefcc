// A Wormhole kernel is one thread.
#pragma once
#include "op_emulator/macros.h"

inline uint32_t get_num_threads() { return 1; }
inline uint32_t get_my_thread_id() { return 0; }

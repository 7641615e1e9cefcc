// What a scoped lock does to caches where it is taken and given back: nothing on a Wormhole.
#pragma once
#include <stdint.h>

#include "op_emulator/macros.h"

FORCE_INLINE void scoped_lock_acquire_cache_ops(uintptr_t, uint32_t) {}
FORCE_INLINE void scoped_lock_release_cache_ops(uintptr_t, uint32_t) {}

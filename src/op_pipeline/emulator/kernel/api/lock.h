// Runs a function when the scope ends.
#pragma once
#include "op_emulator/macros.h"

template <typename ReleaseFunc>
class Lock {
public:
    FORCE_INLINE explicit Lock(ReleaseFunc release) : release_(release) {}
    FORCE_INLINE ~Lock() { release_(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    ReleaseFunc release_;
};

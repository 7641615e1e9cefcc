// Last line of the generated per-kernel header: what tt-metal's firmware wrapper includes before the kernel's own text.
#pragma once
// Every kernel is a library of its own: equal names with other contents must not be merged by the dynamic linker.
#pragma GCC visibility push(hidden)

#include "op_emulator/mailbox.h"

#if defined(COMPILE_FOR_TRISC)
#include "api/compile_time_args.h"
#else
#include "api/dataflow/dataflow_api.h"
#endif

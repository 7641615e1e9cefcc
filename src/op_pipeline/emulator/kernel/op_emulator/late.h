// Last line of the generated per-kernel header: what tt-metal's firmware wrapper includes before the kernel's own text.
#pragma once
#if defined(COMPILE_FOR_TRISC)
#include "api/compile_time_args.h"
#else
#include "api/dataflow/dataflow_api.h"
#endif

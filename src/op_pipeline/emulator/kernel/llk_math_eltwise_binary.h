// Kernels that include this use the operations of api/compute/eltwise_binary.h.
#pragma once

// Precompiled for sources of operations that include what they use of these headers (emulator/host_headers.py sees to
// that): to them it makes no difference. Headers with an effect that no name shows, such as a conversion to Python, do
// not belong here.
#pragma once
#include "op_emulator/precompiled.hpp"

#include <tt-metalium/constants.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/work_split.hpp>
#include <tt_stl/assert.hpp>

#include "ttnn/device_operation.hpp"
#include "ttnn/tensor/tensor_ops.hpp"
#include "ttnn/types.hpp"

#include "op_emulator/instances.hpp"

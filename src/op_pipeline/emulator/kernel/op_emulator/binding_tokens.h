// Types of the names in a kernel's generated header.
#pragma once
#include "api/dataflow/dataflow_buffer.h"
#include "api/dataflow/semaphore_binding_token.h"
#include "api/scratchpad_binding_token.h"
#include "api/tensor/tensor_binding_token.h"
#include "internal/template_string.h"

// What get_token_if_present answers for a name that the program did not bind.
#define OP_EMULATOR_NO_DFB \
    static_cast<const DFBBindingToken<::dfb::AccessPattern::UNKNOWN, ::dfb::AccessPattern::UNKNOWN>*>(nullptr)
#define OP_EMULATOR_NO_TENSOR static_cast<const ::tensor_accessor::NullTensorBindingToken*>(nullptr)
#define OP_EMULATOR_NO_SCRATCHPAD static_cast<const ScratchpadBindingToken*>(nullptr)

#pragma once
#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/tt_backend_api_types.hpp>

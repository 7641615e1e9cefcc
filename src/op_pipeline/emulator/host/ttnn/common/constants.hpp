#pragma once
#include <tt-metalium/constants.hpp>

#include "ttnn/types.hpp"

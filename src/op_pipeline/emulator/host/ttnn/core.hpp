#pragma once
#include "ttnn/tensor/tensor.hpp"
#include "ttnn/types.hpp"

#pragma once
#include "ttnn/tensor/tensor.hpp"

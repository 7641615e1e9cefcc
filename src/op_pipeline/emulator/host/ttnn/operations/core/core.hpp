#pragma once
#include "ttnn/core.hpp"

#pragma once
#include <tt-metalium/mesh_device.hpp>
#include "ttnn/types.hpp"

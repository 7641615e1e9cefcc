#pragma once
#include <tt-metalium/experimental/tensor/mesh_tensor.hpp>

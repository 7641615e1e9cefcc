// Vectors that Python sees by reference (VectorUInt32), not as a copied list. Include before any STL caster.
#pragma once
#include <cstdint>
#include <vector>

#include <nanobind/nanobind.h>

#include <tt-metalium/base_types.hpp>

NB_MAKE_OPAQUE(std::vector<std::uint32_t>)
NB_MAKE_OPAQUE(std::vector<tt::tt_metal::UnpackToDestMode>)

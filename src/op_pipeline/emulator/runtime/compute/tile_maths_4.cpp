#include "tile_maths.hpp"

#define NAME kTileMaths4
namespace {
constexpr unsigned kLanes = 4;
}
#include "tile_maths.inc"

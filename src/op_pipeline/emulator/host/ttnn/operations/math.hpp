#pragma once
#include <tt-metalium/math.hpp>
#include <tt-metalium/tt_align.hpp>

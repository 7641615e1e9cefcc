#include "tile_maths.hpp"

#include <cstdlib>
#include <cstring>

namespace op_emulator {
namespace {

const TileMaths& choose() {
#if defined(__x86_64__)
    const char* wanted = std::getenv("OP_EMULATOR_LANES");
    if ((wanted == nullptr || std::strcmp(wanted, "4") != 0) && __builtin_cpu_supports("avx2") != 0) {
        return kTileMaths8;
    }
#endif
    return kTileMaths4;
}

}  // namespace

const TileMaths& tile_maths() {
    static const TileMaths& chosen = choose();
    return chosen;
}

}  // namespace op_emulator

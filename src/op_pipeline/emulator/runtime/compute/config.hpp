// Checks the units share before they touch a circular buffer.
#pragma once
#include "state.hpp"

namespace op_emulator::compute {

// Fault "format_not_reconfigured" when `config` expects another format than the buffer's.
void check_configured(
    const FormatConfig& config, DataFormat format, std::uint32_t cb, const char* what, const char* unit,
    const char* remedy, Where where);
// Faults for shapes of tiles and formats that are not modelled, and pages smaller than a tile.
void check_tile_page(const CbInfo& info, std::uint32_t cb, const char* what, Where where);
// Fault "not_modelled" for tiles that are not 32x32.
void require_full_tile(const CbInfo& info, std::uint32_t cb, const char* what, Where where);

}  // namespace op_emulator::compute

// The few names of fmt that operations use, on top of the emulator's own formatter.
#pragma once
#include <string>

#include "op_emulator/format.hpp"

namespace fmt {
using op_emulator::format;
template <typename Range>
std::string join(const Range& range, std::string_view separator) {
    std::string out;
    bool first = true;
    for (const auto& element : range) {
        if (!first) out += separator;
        first = false;
        op_emulator::write_value(out, element, {});
    }
    return out;
}
}  // namespace fmt

#include "tt_stl/assert.hpp"

#include <stdexcept>

namespace op_emulator {

void fail_check(const CheckSite& site, const std::string& message) {
    std::string text = format("{} @ {}:{}: {}\n", site.kind, site.file, site.line, site.condition);
    text += "info:\n" + message + "\nbacktrace:\n";
    throw std::runtime_error(text);
}

}  // namespace op_emulator

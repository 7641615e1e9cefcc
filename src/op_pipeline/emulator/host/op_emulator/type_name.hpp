#pragma once
#include <string>
#include <string_view>

namespace op_emulator {

// Name of a type without its namespaces, as written in the source.
template <typename T>
constexpr std::string_view type_name() {
    std::string_view text = __PRETTY_FUNCTION__;  // "... type_name() [with T = a::b::Name; ...]"
    const auto start = text.find("T = ") + 4;
    const auto end = text.find_first_of(";]", start);
    text = text.substr(start, end - start);
    const auto template_at = text.find('<');
    const auto colon = text.substr(0, template_at).rfind(':');
    return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

}  // namespace op_emulator

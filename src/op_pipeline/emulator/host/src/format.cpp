#include "op_emulator/format.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace op_emulator {
namespace {

struct Spec {
    char fill = ' ';
    char align = 0;
    bool alternate = false;
    int width = 0;
    int precision = -1;
    char type = 0;
};

int read_number(std::string_view& text) {
    int value = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value = value * 10 + (text.front() - '0');
        text.remove_prefix(1);
    }
    return value;
}

bool is_align(char c) { return c == '<' || c == '>' || c == '^'; }

Spec parse_spec(std::string_view text) {
    Spec spec;
    if (text.size() > 1 && is_align(text[1])) {
        spec.fill = text[0];
        spec.align = text[1];
        text.remove_prefix(2);
    } else if (!text.empty() && is_align(text[0])) {
        spec.align = text[0];
        text.remove_prefix(1);
    }
    if (!text.empty() && text.front() == '#') {
        spec.alternate = true;
        text.remove_prefix(1);
    }
    if (!text.empty() && text.front() == '0') {
        spec.fill = '0';
        spec.align = '>';
    }
    spec.width = read_number(text);
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        spec.precision = read_number(text);
    }
    if (!text.empty()) spec.type = text.front();
    return spec;
}

void pad(std::string& out, std::string_view value, const Spec& spec, char default_align) {
    const char align = spec.align ? spec.align : default_align;
    const std::size_t missing = spec.width > static_cast<int>(value.size()) ? spec.width - value.size() : 0;
    const std::size_t before = align == '>' ? missing : align == '^' ? missing / 2 : 0;
    out.append(before, spec.fill);
    out += value;
    out.append(missing - before, spec.fill);
}

}  // namespace

void write_integer(std::string& out, std::uint64_t magnitude, bool negative, std::string_view text) {
    const Spec spec = parse_spec(text);
    const int base = spec.type == 'x' || spec.type == 'X' ? 16 : spec.type == 'b' ? 2 : spec.type == 'o' ? 8 : 10;
    char digits[72];
    const auto result = std::to_chars(digits, digits + sizeof digits, magnitude, base);
    std::string value = negative ? "-" : "";
    if (spec.alternate && base == 16) value += "0x";
    value.append(digits, result.ptr);
    if (spec.type == 'X') std::ranges::transform(value, value.begin(), [](char c) { return std::toupper(c); });
    pad(out, value, spec, '>');
}

void write_real(std::string& out, double value, bool is_single, std::string_view text) {
    const Spec spec = parse_spec(text);
    char digits[512];
    std::to_chars_result result{};
    if (spec.precision >= 0 || spec.type) {
        const auto style = spec.type == 'e'   ? std::chars_format::scientific
                           : spec.type == 'g' ? std::chars_format::general
                                              : std::chars_format::fixed;
        result = std::to_chars(digits, digits + sizeof digits, value, style, spec.precision < 0 ? 6 : spec.precision);
    } else if (is_single) {
        result = std::to_chars(digits, digits + sizeof digits, static_cast<float>(value));
    } else {
        result = std::to_chars(digits, digits + sizeof digits, value);
    }
    pad(out, std::string_view(digits, result.ptr - digits), spec, '>');
}

void write_text(std::string& out, std::string_view value, std::string_view text) {
    const Spec spec = parse_spec(text);
    if (spec.precision >= 0) value = value.substr(0, spec.precision);
    pad(out, value, spec, '<');
}

std::string format_arguments(std::string_view text, const FormatArgument* arguments, std::size_t count) {
    std::string out;
    std::size_t next = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
            out += c;
            ++i;
        } else if (c == '{') {
            const std::size_t end = text.find('}', i);
            if (end == std::string_view::npos) throw std::invalid_argument("unbalanced braces in a message");
            if (next >= count) throw std::invalid_argument("a message has more {} than arguments");
            const std::string_view inside = text.substr(i + 1, end - i - 1);
            const std::size_t colon = inside.find(':');
            arguments[next].write(
                out, arguments[next].value, colon == std::string_view::npos ? "" : inside.substr(colon + 1));
            ++next;
            i = end;
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace op_emulator

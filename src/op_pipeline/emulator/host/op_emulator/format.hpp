// "{}" formatting of messages. std::format is missing in g++ 12; the placeholder syntax is that of fmt, which the
// real headers use, so that message strings of operations need no change.
#pragma once
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <ranges>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace op_emulator {

// One argument, type-erased: `write` appends the value under the text between ':' and '}'.
struct FormatArgument {
    const void* value;
    void (*write)(std::string& out, const void* value, std::string_view spec);
};

// Throws std::invalid_argument for unbalanced braces or a placeholder without argument.
std::string format_arguments(std::string_view text, const FormatArgument* arguments, std::size_t count);

void write_integer(std::string& out, std::uint64_t magnitude, bool negative, std::string_view spec);
void write_real(std::string& out, double value, bool is_single, std::string_view spec);
void write_text(std::string& out, std::string_view value, std::string_view spec);

template <typename T>
void write_value(std::string& out, const T& value, std::string_view spec);

template <typename T>
concept HasFormatAs = requires(const T& value) { format_as(value); };
template <typename T>
concept HasStream = requires(std::ostream& stream, const T& value) { stream << value; };
template <typename T>
concept PairLike = requires(const T& value) { value.first; value.second; };

template <std::ranges::input_range R>
void write_range(std::string& out, const R& range, std::string_view spec) {
    out += '[';
    bool first = true;
    for (const auto& element : range) {
        if (!first) out += ", ";
        first = false;
        write_value(out, element, spec);
    }
    out += ']';
}

template <typename T>
void write_integral(std::string& out, T value, std::string_view spec) {
    if constexpr (std::is_same_v<T, char>) {
        write_text(out, std::string_view(&value, 1), spec);
    } else if constexpr (std::signed_integral<T>) {
        const auto wide = static_cast<std::int64_t>(value);
        write_integer(out, wide < 0 ? 0 - static_cast<std::uint64_t>(wide) : static_cast<std::uint64_t>(wide), wide < 0, spec);
    } else {
        write_integer(out, static_cast<std::uint64_t>(value), false, spec);
    }
}

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsReference : std::false_type {};
template <typename T>
struct IsReference<std::reference_wrapper<T>> : std::true_type {};

template <typename T>
void write_value(std::string& out, const T& value, std::string_view spec) {
    if constexpr (std::is_same_v<T, bool>) {
        write_text(out, value ? "true" : "false", spec);
    } else if constexpr (std::integral<T>) {
        write_integral(out, value, spec);
    } else if constexpr (std::floating_point<T>) {
        write_real(out, static_cast<double>(value), std::is_same_v<T, float>, spec);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        write_text(out, std::string_view(value), spec);
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
        write_text(out, value.string(), spec);
    } else if constexpr (HasFormatAs<T>) {
        write_value(out, format_as(value), spec);
    } else if constexpr (IsReference<T>::value) {
        write_value(out, value.get(), spec);
    } else if constexpr (IsOptional<T>::value) {
        if (value.has_value()) {
            write_value(out, *value, spec);
        } else {
            out += "nullopt";
        }
    } else if constexpr (std::is_enum_v<T>) {
        write_integral(out, static_cast<std::underlying_type_t<T>>(value), spec);
    } else if constexpr (std::ranges::input_range<const T>) {
        write_range(out, value, spec);
    } else if constexpr (PairLike<T>) {
        out += '(';
        write_value(out, value.first, spec);
        out += ", ";
        write_value(out, value.second, spec);
        out += ')';
    } else if constexpr (std::is_pointer_v<T>) {
        write_integer(out, reinterpret_cast<std::uintptr_t>(value), false, "#x");
    } else {
        static_assert(HasStream<T>, "no text form: give the type a format_as() or an operator<<");
        std::ostringstream stream;
        stream << value;
        out += stream.str();
    }
}

// Number of placeholders, or -1 when the braces do not balance. Explicit indices are not supported.
constexpr int count_placeholders(std::string_view text) {
    int count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
        if ((text[i] == '{' || text[i] == '}') && doubled) {
            ++i;
        } else if (text[i] == '{') {
            i = text.find('}', i);
            if (i == std::string_view::npos) return -1;
            ++count;
        } else if (text[i] == '}') {
            return -1;
        }
    }
    return count;
}

// A message text that is checked while the operation is compiled, as fmt does it. More arguments than placeholders
// are accepted, fewer are an error.
template <typename... Arguments>
struct FormatText {
    template <typename S>
        requires std::convertible_to<const S&, std::string_view>
    consteval FormatText(const S& text) : text(text) {
        const int placeholders = count_placeholders(this->text);
        if (placeholders < 0) throw "unbalanced braces in a message";
        if (placeholders > static_cast<int>(sizeof...(Arguments))) throw "a message has more {} than arguments";
    }
    std::string_view text;
};

template <typename... Arguments>
std::string format_unchecked(std::string_view text, const Arguments&... arguments) {
    const std::array<FormatArgument, sizeof...(Arguments) + 1> erased{
        FormatArgument{
            static_cast<const void*>(&arguments),
            [](std::string& out, const void* value, std::string_view spec) {
                write_value(out, *static_cast<const Arguments*>(value), spec);
            }}...,
        FormatArgument{nullptr, nullptr}};
    return format_arguments(text, erased.data(), sizeof...(Arguments));
}

template <typename... Arguments>
std::string format(FormatText<std::type_identity_t<Arguments>...> text, const Arguments&... arguments) {
    return format_unchecked(text.text, arguments...);
}

}  // namespace op_emulator

// Text form of an operation's attributes for the launch record.
#pragma once
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "op_emulator/fields.hpp"
#include "op_emulator/format.hpp"

namespace op_emulator {

// An operation may name its attributes with `attribute_names` and `attribute_values()` (both tuples, as upstream).
template <typename T>
concept NamesAttributes = requires(const T& value) {
    T::attribute_names;
    value.attribute_values();
};

template <typename T>
constexpr bool has_text() {
    if constexpr (IsOptional<T>::value) {
        return has_text<typename T::value_type>();
    } else {
        return std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_convertible_v<const T&, std::string_view> ||
               HasFormatAs<T>;
    }
}

using AttributeTexts = std::vector<std::pair<std::string, std::string>>;

template <typename T>
void append_attribute(AttributeTexts& texts, std::string_view name, const T& value) {
    std::string text = "...";
    if constexpr (has_text<T>()) {
        text.clear();
        write_value(text, value, {});
    }
    texts.emplace_back(name, text);
}

template <typename T>
AttributeTexts attribute_texts(const T& attributes) {
    AttributeTexts texts;
    if constexpr (NamesAttributes<T>) {
        const auto values = attributes.attribute_values();
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (append_attribute(texts, std::get<I>(T::attribute_names), std::get<I>(values)), ...);
        }(std::make_index_sequence<std::tuple_size_v<decltype(values)>>{});
    } else if constexpr (std::is_move_constructible_v<T>) {
        const auto fields = field_pointers(attributes);
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (append_attribute(texts, field_name<T, I>(), *std::get<I>(fields)), ...);
        }(std::make_index_sequence<std::tuple_size_v<decltype(fields)>>{});
    }
    return texts;
}

}  // namespace op_emulator

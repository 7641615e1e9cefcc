// Text form of an operation's attributes for the launch record.
#pragma once
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "op_emulator/format.hpp"

namespace op_emulator {

// An operation may name its attributes with `attribute_names` and `attribute_values()` (both tuples, as upstream);
// without them there is nothing to read names from.
template <typename T>
concept NamesAttributes = requires(const T& value) {
    T::attribute_names;
    value.attribute_values();
};

template <typename T>
std::vector<std::pair<std::string, std::string>> attribute_texts(const T& attributes) {
    std::vector<std::pair<std::string, std::string>> texts;
    if constexpr (NamesAttributes<T>) {
        const auto append = [&](const auto& name, const auto& value) {
            std::string text;
            write_value(text, value, {});
            texts.emplace_back(name, text);
        };
        const auto values = attributes.attribute_values();
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (append(std::get<I>(T::attribute_names), std::get<I>(values)), ...);
        }(std::make_index_sequence<std::tuple_size_v<decltype(values)>>{});
    }
    return texts;
}

}  // namespace op_emulator

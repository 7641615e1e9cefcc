// ttnn::bind_function<"name">(module, doc, function or overloads, nb::arg(...) ...): a free function as ttnn.name.
#pragma once
#include <algorithm>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include "ttnn-nanobind/small_vector_caster.hpp"
#include "ttnn/types.hpp"

namespace ttnn {

namespace nb = nanobind;

template <std::size_t N>
struct FixedText {
    char text[N]{};
    consteval FixedText(const char (&literal)[N]) { std::copy_n(literal, N, text); }
};

// One signature of a function that has several.
template <typename Function, typename... Arguments>
struct overload_t {
    Function function;
    std::tuple<Arguments...> arguments;
    explicit overload_t(Function function, Arguments... arguments)
        : function(function), arguments(std::move(arguments)...) {}
};

namespace detail {
template <typename T>
struct IsOverload : std::false_type {};
template <typename Function, typename... Arguments>
struct IsOverload<overload_t<Function, Arguments...>> : std::true_type {};
}  // namespace detail

template <FixedText Name, FixedText Prefix = "ttnn.", typename First, typename... Rest>
void bind_function(nb::module_& module, const char* doc, First&& first, Rest&&... rest) {
    if constexpr (detail::IsOverload<std::remove_cvref_t<First>>::value) {
        const auto define = [&](const auto& overload) {
            std::apply(
                [&](const auto&... arguments) { module.def(Name.text, overload.function, doc, arguments...); },
                overload.arguments);
        };
        define(first);
        (define(rest), ...);
    } else {
        module.def(Name.text, first, doc, std::forward<Rest>(rest)...);
    }
}

}  // namespace ttnn

// Plain Python data that may come from anywhere: every reading says where it stands when it is not of the form.
#pragma once
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nanobind/stl/string.h>

#include "bindings.hpp"

namespace op_emulator::bindings {

inline constexpr std::size_t kMostEntries = 1u << 20;  // of a list

// A value and where it stands, for the message.
struct Node {
    nb::object value;
    std::string path;

    [[noreturn]] void refuse(const std::string& expected) const {
        throw std::invalid_argument("program image: " + path + " must be " + expected);
    }
    Node at(const char* key) const {
        if (!nb::isinstance<nb::dict>(value)) refuse("a mapping");
        PyObject* item = PyDict_GetItemString(value.ptr(), key);
        Node node{item ? nb::borrow(item) : nb::none(), path + "." + key};
        if (!item) node.refuse("given");
        return node;
    }
    std::vector<Node> items(std::size_t most = kMostEntries) const {
        const bool is_list = nb::isinstance<nb::list>(value);
        if (!is_list && !nb::isinstance<nb::tuple>(value)) refuse("a list");
        if (nb::len(value) > most) refuse("a list of at most " + std::to_string(most));
        std::vector<Node> nodes;
        for (const nb::handle item : value) {
            nodes.push_back({nb::borrow(item), path + "[" + std::to_string(nodes.size()) + "]"});
        }
        return nodes;
    }
    template <typename Integer>
    Integer number() const {
        Integer result{};
        if (nb::isinstance<nb::bool_>(value) || !nb::try_cast(value, result, false)) {
            refuse("a number from 0 to " + std::to_string(std::numeric_limits<Integer>::max()));
        }
        return result;
    }
    bool flag() const {
        if (!nb::isinstance<nb::bool_>(value)) refuse("true or false");
        return value.is(nb::handle(Py_True));
    }
    std::string text() const {
        std::string result;
        if (!nb::isinstance<nb::str>(value) || !nb::try_cast(value, result, false)) refuse("a string");
        if (result.find('\0') != std::string::npos) refuse("a string without zeros");
        return result;
    }
    std::pair<Node, Node> two() const {
        const auto both = items(2);
        if (both.size() != 2) refuse("a pair");
        return {both[0], both[1]};
    }
};

}  // namespace op_emulator::bindings

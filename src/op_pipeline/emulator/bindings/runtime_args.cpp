#include "opaque_vectors.hpp"

#include "runtime_args.hpp"

#include <algorithm>
#include <typeinfo>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace op_emulator::bindings {

using namespace nb::literals;
using tt::tt_metal::CoreCoord;

namespace {

Words* find(CoreWords& entries, CoreCoord core) {
    const auto found = std::ranges::find(entries, core, [](const auto& entry) { return entry.first; });
    return found == entries.end() ? nullptr : &found->second;
}

Words& find_or_fail(CoreWords& entries, CoreCoord core) {
    if (Words* words = find(entries, core)) return *words;
    throw nb::index_error(
        ("No runtime args found for CoreCoord(" + std::to_string(core.x) + ", " + std::to_string(core.y) + ")").c_str());
}

Words& find_or_add(CoreWords& entries, CoreCoord core) {
    if (Words* words = find(entries, core)) return *words;
    return entries.emplace_back(core, Words()).second;
}

using Pair = nb::typed<nb::tuple, CoreCoord, Words>;

// Copies of an entry, as in the real module: with VectorUInt32 when iterated over, with a list otherwise.
Pair vector_of(const std::pair<CoreCoord, Words>& entry) { return nb::make_tuple(entry.first, Words(entry.second)); }

Pair copy_of(const std::pair<CoreCoord, Words>& entry) {
    nb::list words;
    for (const std::uint32_t word : entry.second) words.append(word);
    return nb::make_tuple(entry.first, words);
}

nb::typed<nb::list, Pair> pairs_of(RuntimeArgs& self) {
    nb::list pairs;
    for (auto& entry : self.entries) pairs.append(copy_of(entry));
    return pairs;
}

void bind_column(nb::module_& module) {
    using Column = RuntimeArgsColumn;
    nb::class_<Column>(module, "RuntimeArgsColProxy")
        .def("__getitem__", [](Column& self, std::size_t y) -> Words& { return find_or_fail(*self.entries, {self.x, y}); }, "y"_a, nb::rv_policy::reference_internal)
        .def("__setitem__", [](Column& self, std::size_t y, const Words& values) { find_or_add(*self.entries, {self.x, y}) = values; }, "y"_a, "values"_a)
        .def("append", [](Column& self, std::size_t y, std::uint32_t value) { find_or_fail(*self.entries, {self.x, y}).push_back(value); }, "y"_a, "value"_a)
        .def(
            "extend",
            [](Column& self, std::size_t y, const Words& values) {
                Words& words = find_or_fail(*self.entries, {self.x, y});
                words.insert(words.end(), values.begin(), values.end());
            },
            "y"_a, "values"_a);
}

CoreWords listed(nb::handle value) {
    if (nb::isinstance<RuntimeArgs>(value)) return nb::cast<RuntimeArgs&>(value).entries;
    if (nb::isinstance<RuntimeArgsView>(value)) return *nb::cast<RuntimeArgsView&>(value).entries;
    if (!nb::isinstance<nb::sequence>(value)) throw std::bad_cast();
    CoreWords entries;
    for (nb::handle item : value) {
        if (!nb::isinstance<nb::sequence>(item) || nb::len(item) != 2) throw std::bad_cast();
        const nb::object core = item[0];
        const nb::object values = item[1];
        const bool pair = nb::isinstance<nb::sequence>(core) && nb::len(core) == 2;
        if (!nb::isinstance<CoreCoord>(core) && !pair) throw std::bad_cast();
        if (!nb::isinstance<nb::sequence>(values)) throw std::bad_cast();
        const CoreCoord place = nb::isinstance<CoreCoord>(core)
                                    ? nb::cast<CoreCoord>(core)
                                    : CoreCoord(nb::cast<std::size_t>(core[0]), nb::cast<std::size_t>(core[1]));
        Words words;
        for (nb::handle word : values) words.push_back(nb::cast<std::uint32_t>(word));
        entries.emplace_back(place, std::move(words));
    }
    return entries;
}

}  // namespace

CoreWords core_words_from(nb::handle value) {
    try {
        return listed(value);
    } catch (const std::bad_cast&) {  // the real module says no more than its name
        throw std::runtime_error(
            "std::bad_cast: runtime_args takes a RuntimeArgs or a list of pairs of a core and its numbers, each from 0 to "
            "4294967295");
    }
}

void bind_runtime_args(nb::module_& module) {
    bind_column(module);
    nb::class_<RuntimeArgs>(module, "RuntimeArgs")
        .def(nb::init<>())
        .def("__getitem__", [](RuntimeArgs& self, std::size_t x) { return RuntimeArgsColumn{&self.entries, x}; }, "x"_a, nb::keep_alive<0, 1>())
        .def("__len__", [](const RuntimeArgs& self) { return self.entries.size(); })
        .def("__iter__", [](const RuntimeArgs& self) -> nb::typed<nb::iterator, Pair> {
            nb::list pairs;
            for (const auto& entry : self.entries) pairs.append(vector_of(entry));
            return nb::iter(pairs);
        })
        .def("to_list", &pairs_of)
        .def("get", [](RuntimeArgs& self, std::size_t index) { return copy_of(self.entries.at(index)); }, "idx"_a)
        .def("clear", [](RuntimeArgs& self) { self.entries.clear(); })
        .def("append", [](RuntimeArgs& self, CoreCoord core, const Words& values) { self.entries.emplace_back(core, values); }, "coord"_a, "values"_a);
    nb::class_<RuntimeArgsView>(module, "RuntimeArgsView")
        .def("__getitem__", [](RuntimeArgsView& self, std::size_t x) { return RuntimeArgsColumn{self.entries, x}; }, "x"_a, nb::keep_alive<0, 1>())
        .def("__len__", [](const RuntimeArgsView& self) { return self.entries->size(); });
}

}  // namespace op_emulator::bindings

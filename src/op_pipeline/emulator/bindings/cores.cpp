#include <functional>

#include <nanobind/operators.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/set.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/work_split.hpp>

#include "bindings.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

struct CoreGrid {
    std::size_t x, y;
};

void bind_core_coord(nb::module_& module) {
    nb::class_<CoreCoord>(module, "CoreCoord")
        .def(nb::init<std::size_t, std::size_t>())
        .def("__init__", [](CoreCoord* self, std::pair<std::size_t, std::size_t> pair) {
            new (self) CoreCoord(pair.first, pair.second);
        })
        .def_ro("x", &CoreCoord::x)
        .def_ro("y", &CoreCoord::y)
        // No operator in nanobind's sense: comparing with something else is a TypeError in the real module.
        .def("__eq__", [](const CoreCoord& core, const CoreCoord& other) { return core == other; }, "other"_a)
        .def("__hash__", [](const CoreCoord& core) { return core.x * 1000003u + core.y; })
        .def("__repr__", &CoreCoord::str);
    nb::implicitly_convertible<std::pair<std::size_t, std::size_t>, CoreCoord>();
    nb::class_<CoreGrid>(module, "CoreGrid")
        .def("__init__", [](CoreGrid* self, std::size_t x, std::size_t y) { new (self) CoreGrid{x, y}; }, nb::kw_only(), "x"_a, "y"_a)
        .def_ro("x", &CoreGrid::x)
        .def_ro("y", &CoreGrid::y)
        .def_prop_ro("num_cores", [](const CoreGrid& grid) { return grid.x * grid.y; })
        // Without comparison, as in the real module: two equal grids are not ==.
        .def("__repr__", [](const CoreGrid& grid) {
            return "ttnn.CoreGrid(x=" + std::to_string(grid.x) + ", y=" + std::to_string(grid.y) + ")";
        });
}

void bind_core_range(nb::module_& module) {
    nb::class_<CoreRange>(module, "CoreRange")
        .def(nb::init<const CoreCoord&, const CoreCoord&>(), "start"_a, "end"_a)
        .def_ro("start", &CoreRange::start_coord)
        .def_ro("end", &CoreRange::end_coord)
        .def("contains", nb::overload_cast<const CoreCoord&>(&CoreRange::contains, nb::const_), "core"_a)
        .def("contains", nb::overload_cast<const CoreRange&>(&CoreRange::contains, nb::const_), "core_range"_a)
        .def("contains", nb::overload_cast<const CoreRangeSet&>(&CoreRange::contains, nb::const_), "core_range_set"_a)
        .def("grid_size", &CoreRange::grid_size)
        .def(nb::self == nb::self)
        // Comparable, yet hashed by identity, as in the real module: equal ranges are two members of a set.
        .def("__repr__", &CoreRange::str);
}

void bind_core_range_set(nb::module_& module) {
    nb::class_<CoreRangeSet>(module, "CoreRangeSet")
        .def(nb::init<std::vector<CoreRange>>(), "core_ranges"_a)
        .def(nb::init<const std::set<CoreRange>&>(), "core_ranges"_a)
        .def("ranges", &CoreRangeSet::ranges)
        .def("size", &CoreRangeSet::size)
        .def("empty", &CoreRangeSet::empty)
        .def("num_cores", &CoreRangeSet::num_cores)
        .def("contains", nb::overload_cast<const CoreCoord&>(&CoreRangeSet::contains, nb::const_), "core"_a)
        .def("contains", nb::overload_cast<const CoreRange&>(&CoreRangeSet::contains, nb::const_), "core_range"_a)
        .def("contains", nb::overload_cast<const CoreRangeSet&>(&CoreRangeSet::contains, nb::const_), "core_range_set"_a)
        .def("merge", &CoreRangeSet::merge, "other"_a)
        .def("subtract", &CoreRangeSet::subtract)
        .def("bounding_box", &CoreRangeSet::bounding_box)
        .def(nb::self == nb::self)
        .def("__hash__", [](const CoreRangeSet& set) { return std::hash<std::string>()(set.str()); })
        .def("__repr__", &CoreRangeSet::str);
}

}  // namespace

void bind_cores(nb::module_& module) {
    bind_core_coord(module);
    bind_core_range(module);
    bind_core_range_set(module);
    module.def(
        "split_work_to_cores", nb::overload_cast<CoreCoord, std::uint32_t, bool>(&split_work_to_cores), "grid_size"_a,
        "units_to_divide"_a, "row_wise"_a = false);
    module.def(
        "split_work_to_cores", nb::overload_cast<const CoreRangeSet&, std::uint32_t, bool>(&split_work_to_cores),
        "core_grid"_a, "units_to_divide"_a, "row_wise"_a = false);
    module.def(
        "corerange_to_cores", &tt::tt_metal::corerange_to_cores, "core_range_set"_a, "max_cores"_a = nb::none(),
        "row_wise"_a = false);
    module.def(
        "num_cores_to_corerangeset", &num_cores_to_corerangeset, "target_num_cores"_a, "grid_size"_a, "row_wise"_a = false);
    module.def(
        "grid_to_cores",
        [](std::uint32_t count, std::uint32_t x, std::uint32_t y, bool row_wise) {
            return tt::tt_metal::grid_to_cores(count, x, y, row_wise);
        },
        "num_cores"_a, "grid_size_x"_a, "grid_size_y"_a, "row_wise"_a = false);
    module.def(
        "grid_to_cores",
        [](CoreCoord start, CoreCoord end, bool row_wise) { return tt::tt_metal::grid_to_cores(start, end, row_wise); },
        "start"_a, "end"_a, "row_wise"_a = false);
    module.def(
        "num_cores_to_corerangeset_in_subcoregrids", &num_cores_to_corerangeset_in_subcoregrids, "start_core"_a,
        "target_num_cores"_a, "sub_core_grids"_a, "row_wise"_a = false);
}

}  // namespace op_emulator::bindings

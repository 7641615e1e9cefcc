#include <nanobind/make_iterator.h>
#include <nanobind/operators.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <tt-metalium/shape.hpp>
#include <tt-metalium/tile.hpp>
#include <tt_stl/assert.hpp>

#include "bindings.hpp"
#include "ttnn/tensor/tensor_spec.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

void bind_shape(nb::module_& module) {
    nb::class_<Shape>(module, "Shape")
        .def(
            "__init__",
            [](Shape* self, const std::vector<std::uint32_t>& values) {
                new (self) Shape(ttsl::Span<const std::uint32_t>(values));
            },
            "shape"_a)
        .def("__len__", &Shape::rank)
        .def(
            "__getitem__",
            [](const Shape& shape, std::int64_t index) {
                // As in the real module: up to rank 4, extents that are not there are 1, and a bad index a RuntimeError.
                const auto rank = static_cast<std::int64_t>(shape.rank()), low = std::max<std::int64_t>(rank, 4);
                TT_FATAL(index >= -low && index < rank, "Shape index {} is not in [{}, {})", index, -low, rank);
                return index < -rank ? 1u : shape[static_cast<std::int32_t>(index)];
            })
        .def("__iter__", [](const Shape& shape) {
            return nb::make_iterator(nb::type<Shape>(), "ShapeIterator", shape.cbegin(), shape.cend());
        }, nb::keep_alive<0, 1>())
        .def("__eq__", [](const Shape& a, const Shape& b) { return a == b; })
        .def("__eq__", [](const Shape& a, const std::vector<std::uint32_t>& b) {
            return a == Shape(ttsl::Span<const std::uint32_t>(b));
        })
        .def("__eq__", [](const Shape&, nb::object) { return false; })
        .def("__hash__", [](const Shape& shape) { return std::hash<std::string>()(format_as(shape)); })
        .def_prop_ro("rank", &Shape::rank)
        .def("to_rank", &Shape::to_rank)
        .def("__repr__", [](const Shape& shape) { return format_as(shape); });
    nb::implicitly_convertible<std::vector<std::uint32_t>, Shape>();
}

void bind_tile(nb::module_& module) {
    module.def("tile_size", [](DataType dtype) { return Tile().get_tile_size(datatype_to_dataformat_converter(dtype)); }, "dtype"_a);
    nb::class_<Tile>(module, "Tile")
        .def(nb::init<std::array<std::uint32_t, 2>, bool>(), "tile_shape"_a, "transpose_tile"_a = false)
        .def_prop_ro("tile_shape", &Tile::get_tile_shape, nb::rv_policy::copy)
        .def_prop_ro("face_shape", &Tile::get_face_shape, nb::rv_policy::copy)
        .def_prop_ro("num_faces", &Tile::get_num_faces)
        .def_prop_ro("partial_face", [](const Tile& tile) { return int{tile.get_partial_face()}; })
        .def_prop_ro("narrow_tile", [](const Tile& tile) { return int{tile.get_narrow_tile()}; })
        .def_prop_ro("transpose_of_faces", &Tile::get_transpose_of_faces)
        .def_prop_ro("transpose_within_face", &Tile::get_transpose_within_face)
        .def(
            "get_tile_size",
            [](const Tile& tile, DataType dtype) { return tile.get_tile_size(datatype_to_dataformat_converter(dtype)); },
            "dtype"_a)
        .def(nb::self == nb::self)
        .def("__repr__", [](const Tile& tile) { return format("Tile with shape: [{}, {}]", tile.get_height(), tile.get_width()); });
}

}  // namespace

void bind_shapes(nb::module_& module) {
    bind_shape(module);
    bind_tile(module);
}

}  // namespace op_emulator::bindings

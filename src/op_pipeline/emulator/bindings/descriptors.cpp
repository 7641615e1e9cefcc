#include <nanobind/stl/optional.h>
#include <nanobind/stl/vector.h>

#include <tt-metalium/program_descriptors.hpp>
#include <tt_stl/assert.hpp>

#include "bindings.hpp"
#include "ttnn/tensor/tensor.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

void bind_tile_descriptors(nb::module_& module) {
    nb::class_<TileDescriptor>(module, "TileDescriptor")
        .def(nb::init<>())
        .def(nb::init<std::uint32_t, std::uint32_t, bool>(), "height"_a, "width"_a, "transpose"_a = false)
        .def(nb::init<const Tile&>(), "tile"_a)
        .def(nb::init<const TileDescriptor&>(), "other"_a)
        .def(
            "__eq__",
            [](const TileDescriptor& a, const TileDescriptor& b) {
                return a.height == b.height && a.width == b.width && a.transpose == b.transpose;
            },
            nb::is_operator())
        .def_rw("height", &TileDescriptor::height)
        .def_rw("width", &TileDescriptor::width)
        .def_rw("transpose", &TileDescriptor::transpose);
    nb::class_<FaceGeometry>(module, "FaceGeometry")
        .def(nb::init<>())
        .def(
            "__init__",
            [](FaceGeometry* self, std::uint32_t rows, std::uint32_t faces) { new (self) FaceGeometry{rows, faces}; },
            "face_r_dim"_a, "num_faces"_a)
        .def(
            "__eq__",
            [](const FaceGeometry& a, const FaceGeometry& b) {
                return a.face_r_dim == b.face_r_dim && a.num_faces == b.num_faces;
            },
            nb::is_operator())
        .def_rw("face_r_dim", &FaceGeometry::face_r_dim)
        .def_rw("num_faces", &FaceGeometry::num_faces);
}

// A bare integer is a DataType's number, in the real module too; people who write one mean tt::DataFormat's.
DataType data_type_of(nb::handle given, bool& bare) {
    bare = PyLong_CheckExact(given.ptr()) != 0;
    DataType dtype{};
    if (!nb::try_cast<DataType>(given, dtype)) throw nb::next_overload();
    return dtype;
}

void warn_of_bare_format(DataType dtype, tt::DataFormat becomes) {
    const std::string text = format(
        "data_format={} is read as {}, not as a number of tt::DataFormat; it becomes format {}. Write the ttnn.DataType",
        static_cast<int>(dtype), dtype, static_cast<int>(becomes));
    if (PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1) != 0) throw nb::python_error();
}

void bind_cb_format(nb::module_& module) {
    nb::class_<CBFormatDescriptor>(module, "CBFormatDescriptor")
        .def(nb::init<>())
        .def(
            "__init__",
            [](CBFormatDescriptor* self, std::uint8_t index, nb::object data_format, std::uint32_t page_size,
               std::optional<TileDescriptor> tile) {
                bool bare = false;
                const DataType dtype = data_type_of(data_format, bare);
                const tt::DataFormat becomes = datatype_to_dataformat_converter(dtype);
                if (bare) warn_of_bare_format(dtype, becomes);
                new (self) CBFormatDescriptor{index, becomes, page_size, tile};
            },
            nb::sig("def __init__(self, buffer_index: int, data_format: DataType, page_size: int, "
                    "tile: TileDescriptor | None = None) -> None"),
            "buffer_index"_a, "data_format"_a.none(), "page_size"_a, "tile"_a = nb::none())
        .def_rw("buffer_index", &CBFormatDescriptor::buffer_index)
        // tt::DataFormat has no Python type, here as in the real module: reading and writing it is a TypeError.
        .def_rw("data_format", &CBFormatDescriptor::data_format)
        .def_prop_ro("data_format_as_uint8", [](const CBFormatDescriptor& self) { return static_cast<unsigned>(self.data_format); })
        .def_rw("page_size", &CBFormatDescriptor::page_size)
        .def_rw("tile", &CBFormatDescriptor::tile)
        .def_rw("face_geometry", &CBFormatDescriptor::face_geometry);
}

// A circular buffer on the shards of a tensor; a total size of 0 is what the tensor has on each core.
CBDescriptor on_sharded_tensor(
    std::uint8_t index, const Tensor& tensor, std::uint32_t address_offset, std::uint32_t total_size,
    std::optional<CoreRangeSet> core_ranges) {
    TT_FATAL(tensor.is_sharded(), "tensor.is_sharded(): cb_descriptor_from_sharded_tensor needs a sharded tensor");
    TT_FATAL(
        tensor.storage_type() == StorageType::DEVICE, "Expected Tensor with DeviceStorage, got {}", tensor.storage_type());
    const Buffer& buffer = *tensor.buffer();
    const auto page = static_cast<std::uint32_t>(buffer.aligned_page_size());
    const auto& nd = tensor.memory_config().nd_shard_spec();
    CBDescriptor descriptor;
    descriptor.total_size = total_size != 0 ? total_size : static_cast<std::uint32_t>(buffer.aligned_size_per_bank());
    descriptor.core_ranges = core_ranges ? *core_ranges : nd ? nd->grid : tensor.shard_spec()->grid;
    const auto format = datatype_to_dataformat_converter(tensor.dtype());
    descriptor.format_descriptors = {{index, format, page, TileDescriptor(tensor.tensor_spec().tile()), std::nullopt}};
    descriptor.buffer = tensor.buffer();
    descriptor.address_offset = address_offset;
    return descriptor;
}

void bind_cb(nb::module_& module) {
    nb::class_<CBDescriptor>(module, "CBDescriptor")
        .def(nb::init<>())
        .def(
            "__init__",
            [](CBDescriptor* self, std::uint32_t total_size, CoreRangeSet cores, std::vector<CBFormatDescriptor> formats) {
                new (self) CBDescriptor{total_size, std::move(cores), std::move(formats), {}, nullptr, 0};
            },
            "total_size"_a, "core_ranges"_a, "format_descriptors"_a)
        .def_rw("total_size", &CBDescriptor::total_size)
        .def_rw("core_ranges", &CBDescriptor::core_ranges)
        .def_rw("format_descriptors", &CBDescriptor::format_descriptors)
        .def_rw("remote_format_descriptors", &CBDescriptor::remote_format_descriptors)
        .def_rw("address_offset", &CBDescriptor::address_offset)
        .def("has_buffer", [](const CBDescriptor& self) { return self.buffer != nullptr; })
        .def("has_global_circular_buffer", [](const CBDescriptor&) { return false; })
        .def(
            "buffer_address",
            [](const CBDescriptor& self) -> std::optional<std::uint32_t> {
                if (!self.buffer) return std::nullopt;
                return self.buffer->address();
            })
        .def("set_buffer_from_cb", [](CBDescriptor& self, const CBDescriptor& other) { self.buffer = other.buffer; }, "other"_a);
    module.def(
        "cb_descriptor_from_sharded_tensor",
        &on_sharded_tensor,
        "cb_index"_a, "tensor"_a, "address_offset"_a = 0, "total_size"_a = 0, "core_ranges"_a = nb::none());
}

void bind_semaphore(nb::module_& module) {
    nb::class_<SemaphoreDescriptor>(module, "SemaphoreDescriptor")
        .def(nb::init<>())
        .def(
            "__init__",
            [](SemaphoreDescriptor* self, std::uint32_t id, tt::CoreType type, CoreRangeSet cores, std::uint32_t value) {
                new (self) SemaphoreDescriptor{id, type, std::move(cores), value};
            },
            "id"_a, "core_type"_a = tt::CoreType::WORKER, "core_ranges"_a, "initial_value"_a)
        .def_ro("id", &SemaphoreDescriptor::id)
        .def_rw("core_type", &SemaphoreDescriptor::core_type)
        .def_rw("core_ranges", &SemaphoreDescriptor::core_ranges)
        .def_rw("initial_value", &SemaphoreDescriptor::initial_value);
}

}  // namespace

void bind_descriptors(nb::module_& module) {
    bind_tile_descriptors(module);
    bind_cb_format(module);
    bind_cb(module);
    bind_semaphore(module);
}

}  // namespace op_emulator::bindings

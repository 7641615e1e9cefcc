#include "ttnn/tensor/tensor.hpp"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt_stl/assert.hpp>

#include "arrays.hpp"
#include "bindings.hpp"
#include "ttnn/tensor/tensor_ops.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;
using distributed::MeshDevice;

namespace {

// Methods about memory refuse host tensors: RuntimeError, as in the real module.
Buffer& device_buffer(const Tensor& tensor, const char* method) {
    if (tensor.storage_type() != StorageType::DEVICE) {
        TT_THROW("{} doesn't support {} method", tensor.storage_type(), method);
    }
    return *tensor.buffer();
}

Tensor place(Tensor host, MeshDevice* device, const std::optional<MemoryConfig>& memory_config) {
    return device ? host.to_device(device, memory_config) : host;
}

void init_from_array(
    Tensor* self, nb::object array, std::optional<DataType> dtype, MeshDevice* device, std::optional<Layout> layout,
    std::optional<MemoryConfig> memory_config, std::optional<Tile> tile, nb::object, std::optional<double> pad_value) {
    const MemoryConfig memory = memory_config.value_or(MemoryConfig());
    Tensor host = tensor_from_array(
        std::move(array), dtype, layout.value_or(Layout::ROW_MAJOR), memory, tile, pad_value.value_or(0.0));
    new (self) Tensor(place(std::move(host), device, std::nullopt));
}

void init_from_list(
    Tensor* self, nb::list data, const std::vector<std::uint32_t>& shape, DataType dtype, Layout layout,
    MeshDevice* device, std::optional<MemoryConfig> memory_config, std::optional<Tile> tile, double pad_value) {
    nb::list extents;
    for (const std::uint32_t extent : shape) extents.append(extent);
    std::size_t volume = 1;
    for (const std::uint32_t extent : shape) volume *= extent;
    TT_FATAL(nb::len(data) == volume, "a list of {} values does not fill a shape of volume {}", nb::len(data), volume);
    nb::object array = nb::module_::import_("numpy").attr("asarray")(data).attr("reshape")(nb::tuple(extents));
    Tensor host =
        tensor_from_array(array, dtype, layout, memory_config.value_or(MemoryConfig()), tile, pad_value);
    new (self) Tensor(place(std::move(host), device, std::nullopt));
}

std::string describe(const Tensor& tensor) {
    return format(
        "ttnn.Tensor(shape={}, dtype={}, layout={}, {})", tensor.logical_shape(), tensor.dtype(), tensor.layout(),
        tensor.storage_type());
}

void bind_properties(nb::class_<Tensor>& type) {
    type.def_prop_ro("shape", &Tensor::logical_shape)
        .def_prop_ro("padded_shape", &Tensor::padded_shape)
        .def_prop_ro("dtype", &Tensor::dtype)
        .def_prop_ro("layout", &Tensor::layout)
        .def_prop_ro("spec", &Tensor::tensor_spec)
        .def_prop_ro("tile", [](const Tensor& tensor) { return tensor.tensor_spec().tile(); })
        .def("get_dtype", &Tensor::dtype)
        .def("get_layout", &Tensor::layout)
        .def("get_tile", [](const Tensor& tensor) { return tensor.tensor_spec().tile(); })
        .def("memory_config", &Tensor::memory_config)
        .def("storage_type", &Tensor::storage_type)
        .def("is_sharded", &Tensor::is_sharded)
        .def("is_allocated", &Tensor::is_allocated)
        .def(
            "element_size",
            [](const Tensor& tensor) {
                if (is_block_float(tensor.dtype())) throw nb::value_error("block formats have no size of one element");
                return tensor.element_size();
            })
        .def("logical_volume", &Tensor::logical_volume)
        .def("volume", &Tensor::physical_volume)
        .def("__repr__", &describe);
}

void bind_memory_methods(nb::class_<Tensor>& type) {
    type.def(
            "device",
            [](const Tensor& tensor) -> std::shared_ptr<MeshDevice> {
                return tensor.device() ? tensor.device()->shared_from_this() : nullptr;
            })
        .def("buffer_address", [](const Tensor& tensor) { return device_buffer(tensor, "buffer_address").address(); })
        .def("buffer_page_size", [](const Tensor& tensor) { return device_buffer(tensor, "buffer_page_size").page_size(); })
        .def(
            "buffer_aligned_page_size",
            [](const Tensor& tensor) { return device_buffer(tensor, "buffer_aligned_page_size").aligned_page_size(); })
        .def("buffer_num_pages", [](const Tensor& tensor) { return device_buffer(tensor, "buffer_num_pages").num_pages(); })
        .def(
            "buffer_unique_id",
            [](const Tensor& tensor) -> std::optional<std::uint64_t> {
                if (tensor.storage_type() != StorageType::DEVICE) return std::nullopt;
                return tensor.buffer()->unique_id();
            })
        .def("deallocate", &Tensor::deallocate, "force"_a = false)
        .def("cpu", [](const Tensor& tensor, bool, nb::object) { return tensor.cpu(); }, "blocking"_a = true, "cq_id"_a = nb::none())
        .def(
            "to",
            [](const Tensor& tensor, MeshDevice* device, std::optional<MemoryConfig> memory_config, nb::object) {
                return tensor.to_device(device, memory_config);
            },
            "device"_a, "mem_config"_a = nb::none(), "cq_id"_a = nb::none())
        .def("to", [](const Tensor& tensor, Layout layout) { return to_layout_on_host(tensor, layout); }, "target_layout"_a);
}

}  // namespace

void bind_tensor(nb::module_& module) {
    nb::class_<Tensor> type(module, "Tensor");
    type.def(nb::init<const Tensor&>())
        .def(
            "__init__", &init_from_list, "data"_a, "shape"_a, "data_type"_a, "layout"_a, "device"_a = nb::none(),
            "memory_config"_a = nb::none(), "tile"_a = nb::none(), "pad_value"_a = 0.0)
        .def(
            "__init__", &init_from_array, "tensor"_a, "data_type"_a = nb::none(), "device"_a = nb::none(),
            "layout"_a = nb::none(), "mem_config"_a = nb::none(), "tile"_a = nb::none(), "cq_id"_a = nb::none(),
            "pad_value"_a = nb::none())
        .def("to_numpy", [](const Tensor& tensor) { return array_from_tensor(tensor, false); })
        .def("to_numpy_with_padded_shape", [](const Tensor& tensor) { return array_from_tensor(tensor, true); })
        // The pages as the device stores them; for tests of layouts and encodings.
        .def(
            "_page_bytes",
            [](const Tensor& tensor) {
                const Tensor host = tensor.cpu();
                return nb::bytes(host.host_bytes().data(), host.host_bytes().size());
            })
        .def("to_list", [](const Tensor& tensor) { return array_from_tensor(tensor, false).attr("tolist")(); })
        .def("item", [](const Tensor& tensor) {
            TT_FATAL(tensor.logical_volume() == 1, "item() is for tensors of one element, this has {}", tensor.logical_volume());
            return array_from_tensor(tensor, false).attr("item")();
        });
    bind_properties(type);
    bind_memory_methods(type);
    nb::class_<TensorAccessorArgs>(module, "TensorAccessorArgs")
        .def(
            "__init__",
            [](TensorAccessorArgs* self, const Tensor& tensor) {
                TT_FATAL(
                    tensor.storage_type() == StorageType::DEVICE, "Expected Tensor with DeviceStorage, got {}",
                    tensor.storage_type());
                new (self) TensorAccessorArgs(*tensor.buffer());
            },
            "tensor"_a)
        .def("get_compile_time_args", &TensorAccessorArgs::get_compile_time_args)
        .def("get_common_runtime_args", &TensorAccessorArgs::get_common_runtime_args);
    module.def("_create_device_tensor", [](const TensorSpec& spec, MeshDevice* device) { return create_device_tensor(spec, device); });
    module.def("_to_layout_on_host", &to_layout_on_host, "tensor"_a, "layout"_a, "pad_value"_a = 0.0);
}

}  // namespace op_emulator::bindings

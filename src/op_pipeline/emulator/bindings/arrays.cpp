#include "arrays.hpp"

#include <cstring>
#include <string>

#include <nanobind/stl/string.h>

#include <tt_stl/assert.hpp>

#include "ttnn/tensor/host_codec.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;

namespace {

const char* numpy_name(DataType dtype) {
    switch (dtype) {
        case DataType::BFLOAT16:
        case DataType::BFLOAT8_B:
        case DataType::BFLOAT4_B:
        case DataType::FLOAT32: return "float32";
        case DataType::UINT32: return "uint32";
        case DataType::INT32: return "int32";
        case DataType::UINT16: return "uint16";
        case DataType::UINT8: return "uint8";
        case DataType::INT8: return "int8";
        default: TT_THROW("tensors of {} are not modelled by the emulator", dtype);
    }
}

DataType dtype_of_array(const std::string& name) {
    if (name == "float32") return DataType::FLOAT32;
    if (name == "bfloat16" || name == "float16") return DataType::BFLOAT16;
    if (name == "uint32" || name == "int64" || name == "uint64") return DataType::UINT32;
    if (name == "int32") return DataType::INT32;
    if (name == "uint16") return DataType::UINT16;
    if (name == "uint8" || name == "bool") return DataType::UINT8;
    throw nb::type_error(("an array of " + name + " needs an explicit ttnn dtype").c_str());
}

struct PlainArray {
    nb::object array;
    std::string dtype;  // of the original
};

PlainArray plain_array(nb::object value) {
    nb::module_ numpy = nb::module_::import_("numpy");
    std::string original;
    if (nb::hasattr(value, "detach")) {  // a torch tensor
        value = value.attr("detach")().attr("cpu")();
        original = nb::cast<std::string>(nb::str(value.attr("dtype")));
        original = original.substr(original.rfind('.') + 1);
        if (original == "bfloat16") value = value.attr("float")();
        value = value.attr("numpy")();
    }
    value = numpy.attr("asarray")(value);
    if (original.empty()) original = nb::cast<std::string>(value.attr("dtype").attr("name"));
    if (original == "bfloat16") value = value.attr("astype")("float32");
    return {value, original};
}

// Floats are cut off on the way to integers; integers wrap.
nb::object converted(nb::object array, DataType dtype) {
    const char* name = numpy_name(dtype);
    const bool from_float = nb::cast<std::string>(array.attr("dtype").attr("kind")) == "f";
    if (from_float && !is_floating_point(dtype)) array = array.attr("astype")("int64");
    return nb::module_::import_("numpy").attr("ascontiguousarray")(array.attr("astype")(name));
}

}  // namespace

Tensor tensor_from_array(
    nb::object value, std::optional<DataType> dtype, Layout layout, const MemoryConfig& memory_config,
    const std::optional<Tile>& tile, double pad_value) {
    const PlainArray plain = plain_array(std::move(value));
    const DataType chosen = dtype ? *dtype : dtype_of_array(plain.dtype);
    if (is_block_float(chosen)) layout = Layout::TILE;
    Shape::Container extents;
    for (nb::handle extent : plain.array.attr("shape")) extents.push_back(nb::cast<std::uint32_t>(extent));
    const TensorSpec spec(Shape(extents), TensorLayout(chosen, PageConfig(layout, tile), memory_config));
    const nb::object array = converted(plain.array, chosen);
    const nb::bytes raw(array.attr("tobytes")());
    std::span<const std::byte> elements(reinterpret_cast<const std::byte*>(raw.c_str()), raw.size());
    std::vector<std::byte> rounded;
    if (chosen == DataType::BFLOAT16) {
        std::vector<float> floats(elements.size() / 4);
        if (!floats.empty()) std::memcpy(floats.data(), elements.data(), elements.size());
        rounded = bfloat16_from_float(floats);
        elements = rounded;
    }
    return Tensor(std::make_shared<HostBytes>(pages_from_elements(spec, elements, pad_value)), spec);
}

nb::object array_from_tensor(const Tensor& tensor, bool padded) {
    const Tensor host = tensor.cpu();
    auto elements = elements_from_pages(host.tensor_spec(), host.host_bytes(), padded);
    if (tensor.dtype() == DataType::BFLOAT16) {
        const auto floats = float_from_bfloat16(elements);
        elements.resize(floats.size() * 4);
        if (!floats.empty()) std::memcpy(elements.data(), floats.data(), elements.size());
    }
    nb::list extents;
    for (const std::uint32_t extent : padded ? tensor.padded_shape() : tensor.logical_shape()) extents.append(extent);
    const nb::bytes raw(elements.data(), elements.size());
    nb::module_ numpy = nb::module_::import_("numpy");
    return numpy.attr("frombuffer")(raw, numpy_name(tensor.dtype())).attr("reshape")(nb::tuple(extents)).attr("copy")();
}

}  // namespace op_emulator::bindings

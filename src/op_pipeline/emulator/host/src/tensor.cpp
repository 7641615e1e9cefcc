#include "ttnn/tensor/tensor.hpp"

#include <tt_stl/assert.hpp>

#include "ttnn/tensor/host_codec.hpp"
#include "ttnn/tensor/tensor_ops.hpp"

namespace tt::tt_metal {

Tensor::Tensor(const Tensor& other) = default;
Tensor::Tensor(Tensor&& other) noexcept = default;
Tensor& Tensor::operator=(const Tensor& other) = default;
Tensor& Tensor::operator=(Tensor&& other) noexcept = default;
Tensor::~Tensor() = default;

Tensor::Tensor(std::shared_ptr<HostBytes> bytes, TensorSpec spec) : spec_(std::move(spec)), storage_(std::move(bytes)) {}
Tensor::Tensor(std::shared_ptr<Buffer> buffer, TensorSpec spec)
    : spec_(std::move(spec)), storage_(buffer), mesh_(std::make_shared<MeshTensor>(buffer, spec_)) {}

std::uint32_t Tensor::element_size() const { return tt::datum_size(datatype_to_dataformat_converter(dtype())); }

StorageType Tensor::storage_type() const {
    return std::holds_alternative<std::shared_ptr<Buffer>>(storage_) ? StorageType::DEVICE : StorageType::HOST;
}

bool Tensor::is_allocated() const {
    const auto* buffer = std::get_if<std::shared_ptr<Buffer>>(&storage_);
    return buffer ? (*buffer)->is_allocated() : std::get<std::shared_ptr<HostBytes>>(storage_) != nullptr;
}

distributed::MeshDevice* Tensor::device() const {
    const auto* buffer = std::get_if<std::shared_ptr<Buffer>>(&storage_);
    return buffer ? (*buffer)->device() : nullptr;
}

Buffer* Tensor::buffer() const {
    const auto* buffer = std::get_if<std::shared_ptr<Buffer>>(&storage_);
    if (!buffer) return nullptr;
    TT_FATAL((*buffer)->is_allocated(), "Buffer is not allocated: the tensor was deallocated");
    return buffer->get();
}

const MeshTensor& Tensor::mesh_tensor() const {
    TT_FATAL(mesh_ != nullptr, "Expected Tensor with DeviceStorage, got {}", storage_type());
    return *mesh_;
}

std::uint32_t MeshTensor::element_size() const { return tt::datum_size(datatype_to_dataformat_converter(dtype())); }

void Tensor::deallocate(bool force) {
    if (auto* buffer = std::get_if<std::shared_ptr<Buffer>>(&storage_)) {
        // Shared memory is freed only on request, as other handles would be left without it. mesh_ is one of ours.
        if (force || (mesh_.use_count() == 1 && buffer->use_count() == 2)) (*buffer)->deallocate();
    } else {
        storage_ = std::shared_ptr<HostBytes>();
    }
}

const HostBytes& Tensor::host_bytes() const {
    const auto* bytes = std::get_if<std::shared_ptr<HostBytes>>(&storage_);
    TT_FATAL(bytes != nullptr, "Expected Tensor with HostStorage, got {}", storage_type());
    TT_FATAL(*bytes != nullptr, "the host tensor was deallocated");
    return **bytes;
}

const std::shared_ptr<Buffer>& Tensor::shared_buffer() const {
    const auto* buffer = std::get_if<std::shared_ptr<Buffer>>(&storage_);
    TT_FATAL(buffer != nullptr, "Expected Tensor with DeviceStorage, got {}", storage_type());
    return *buffer;
}

Tensor Tensor::cpu(bool) const {
    if (storage_type() == StorageType::HOST) return *this;
    auto bytes = std::make_shared<HostBytes>(spec_.compute_packed_buffer_size_bytes());
    buffer()->read(bytes->data());
    return Tensor(std::move(bytes), spec_);
}

Tensor Tensor::to_device(distributed::MeshDevice* device, const std::optional<MemoryConfig>& memory_config) const {
    if (storage_type() == StorageType::DEVICE) return *this;
    const TensorSpec spec = memory_config ? spec_.with_memory_config(*memory_config) : spec_;
    Tensor copy = create_device_tensor(spec, device);
    if (spec.padded_shape() == padded_shape()) {
        copy.buffer()->write(host_bytes().data());
    } else {  // rows are padded to whole shards
        copy.buffer()->write(pages_from_elements(spec, elements_from_pages(spec_, host_bytes()), 0.0).data());
    }
    return copy;
}

std::string format_as(const Tensor& tensor) {
    return op_emulator::format("Tensor({}, {})", tensor.tensor_spec(), tensor.storage_type());
}

Tensor create_device_tensor(const TensorSpec& spec, distributed::MeshDevice* device) {
    TT_FATAL(device != nullptr, "a device tensor needs a device");
    auto buffer = std::make_shared<Buffer>(
        device->shared_from_this(), spec.memory_config().buffer_type(), spec.compute_page_size_bytes(),
        spec.compute_page_count(), spec.compute_buffer_sharding_args());
    return Tensor(std::move(buffer), spec);
}

Tensor to_layout_on_host(const Tensor& tensor, Layout layout, double pad_value) {
    const TensorSpec& old = tensor.tensor_spec();
    const TensorSpec spec(old.logical_shape(), TensorLayout(old.data_type(), PageConfig(layout), old.memory_config()));
    const auto elements = elements_from_pages(old, tensor.host_bytes());
    return Tensor(std::make_shared<HostBytes>(pages_from_elements(spec, elements, pad_value)), spec);
}

}  // namespace tt::tt_metal

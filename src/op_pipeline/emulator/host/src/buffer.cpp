#include <tt-metalium/buffer.hpp>
#include <tt-metalium/tt_align.hpp>
#include <tt_stl/assert.hpp>

#include <atomic>

#include "device.hpp"
#include "op_emulator/pages.hpp"

namespace tt::tt_metal {
namespace {

op_emulator::BankKind bank_kind(BufferType type) {
    return type == BufferType::DRAM ? op_emulator::BankKind::Dram : op_emulator::BankKind::L1;
}

std::atomic<std::uint64_t> next_unique_id{1};

}  // namespace

Buffer::Buffer(
    std::shared_ptr<distributed::MeshDevice> device, BufferType type, std::uint64_t page_size, std::uint64_t num_pages,
    BufferShardingArgs sharding)
    : device_(std::move(device)), type_(type), sharding_(std::move(sharding)), page_size_(page_size),
      num_pages_(num_pages), unique_id_(next_unique_id++) {
    op_emulator::Device& chip = device_->chip();
    aligned_page_size_ = tt::align(page_size_, alignment());
    const op_emulator::DevicePages placed = pages();
    const std::uint64_t bytes = placed.bytes_per_bank(chip);
    address_ = device_->allocator()->allocate(type_, bytes);
    allocated_ = true;
    chip.register_buffer({bank_kind(type_), address_, bytes, placed.banks});  // fills it with ones
}

Buffer::~Buffer() { deallocate(); }

std::uint32_t Buffer::alignment() const { return device_->allocator()->get_alignment(type_); }

std::uint64_t Buffer::aligned_size_per_bank() const {
    if (sharding_.distribution) return sharding_.distribution->max_num_dev_pages_per_core() * aligned_page_size_;
    return tt::div_up(num_pages_, std::uint64_t{device_->allocator()->get_num_banks(type_)}) * aligned_page_size_;
}

std::uint32_t Buffer::num_dev_pages() const {
    if (!sharding_.distribution) return num_pages();
    const auto& distribution = *sharding_.distribution;
    return static_cast<std::uint32_t>(distribution.num_cores() * distribution.max_num_dev_pages_per_core());
}

const ShardSpecBuffer& Buffer::shard_spec() const {
    TT_FATAL(sharding_.shard_spec.has_value(), "the buffer has no shard spec: {}", sharding_.layout);
    return *sharding_.shard_spec;
}

std::optional<std::uint32_t> Buffer::num_cores() const {
    if (!sharding_.distribution) return std::nullopt;
    return static_cast<std::uint32_t>(sharding_.distribution->num_cores());
}

void Buffer::deallocate() {
    if (!allocated_) return;
    allocated_ = false;
    if (!device_->is_open()) return;  // the memory went with the device
    device_->chip().release_buffer(bank_kind(type_), address_);
    device_->allocator()->deallocate(type_, address_);
}

op_emulator::DevicePages Buffer::pages() const {
    op_emulator::DevicePages pages{bank_kind(type_), address_, page_size_, aligned_page_size_, num_pages_};
    if (sharding_.distribution) op_emulator::distribute(pages, *sharding_.distribution, device_->chip().shape());
    return pages;
}

void Buffer::write(const std::byte* bytes) {
    TT_FATAL(allocated_, "the buffer at {:#x} is deallocated", address_);
    pages().write(device_->chip(), bytes);
}

void Buffer::read(std::byte* bytes) const {
    TT_FATAL(allocated_, "the buffer at {:#x} is deallocated", address_);
    pages().read(device_->chip(), bytes);
}

}  // namespace tt::tt_metal

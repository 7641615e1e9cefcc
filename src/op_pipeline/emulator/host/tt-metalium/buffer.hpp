// A range of device memory that holds the pages of one tensor.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/mesh_device.hpp>

namespace op_emulator {
struct InterleavedPages;
}

namespace tt::tt_metal {

class Buffer {
public:
    // Interleaved: page i lies in bank i mod banks. TT_FATAL when the memory is full.
    Buffer(
        std::shared_ptr<distributed::MeshDevice> device, BufferType type, std::uint64_t page_size, std::uint64_t num_pages);
    ~Buffer();
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    std::uint32_t address() const { return static_cast<std::uint32_t>(address_); }
    std::uint64_t size() const { return page_size_ * num_pages_; }
    std::uint64_t page_size() const { return page_size_; }
    std::uint64_t aligned_page_size() const { return aligned_page_size_; }
    std::uint64_t aligned_size() const { return aligned_page_size_ * num_pages_; }
    std::uint64_t aligned_size_per_bank() const;
    std::uint32_t num_pages() const { return static_cast<std::uint32_t>(num_pages_); }
    std::uint32_t num_dev_pages() const { return num_pages(); }
    std::uint32_t alignment() const;
    BufferType buffer_type() const { return type_; }
    TensorMemoryLayout buffer_layout() const { return TensorMemoryLayout::INTERLEAVED; }
    bool is_dram() const { return type_ == BufferType::DRAM; }
    bool is_l1() const { return type_ == BufferType::L1; }
    distributed::MeshDevice* device() const { return device_.get(); }
    bool is_allocated() const { return allocated_; }
    std::uint64_t unique_id() const { return unique_id_; }

    void deallocate();
    // `bytes` holds num_pages pages of page_size each, without the alignment gaps of the device.
    void write(const std::byte* bytes);
    void read(std::byte* bytes) const;

private:
    op_emulator::InterleavedPages pages() const;

    std::shared_ptr<distributed::MeshDevice> device_;
    BufferType type_;
    std::uint64_t page_size_, num_pages_, aligned_page_size_ = 0, address_ = 0, unique_id_ = 0;
    bool allocated_ = false;
};

}  // namespace tt::tt_metal

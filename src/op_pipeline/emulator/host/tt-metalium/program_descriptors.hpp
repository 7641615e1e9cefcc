// A program as a value: kernels, circular buffers and semaphores of one launch. Shared by C++ operations
// (create_descriptor) and Python (ttnn.generic_op).
#pragma once
#include <optional>
#include <vector>

#include <tt-metalium/cb_descriptor.hpp>
#include <tt-metalium/kernel_descriptor.hpp>
#include <tt-metalium/semaphore_descriptor.hpp>
#include <tt_stl/reflection.hpp>

namespace tt::tt_metal {

struct ProgramDescriptor {
    using KernelDescriptors = std::vector<KernelDescriptor>;
    using CBDescriptors = std::vector<CBDescriptor>;
    using SemaphoreDescriptors = std::vector<SemaphoreDescriptor>;

    KernelDescriptors kernels;
    SemaphoreDescriptors semaphores;
    CBDescriptors cbs;
    std::optional<ttsl::hash::hash_t> custom_program_hash;

    // Lowest id that no semaphore on that core uses; nullopt when all 16 are taken.
    std::optional<std::uint32_t> find_available_semaphore_id(const CoreCoord& core, tt::CoreType core_type) const;
};

}  // namespace tt::tt_metal

// Memory that nobody has written. It is filled with one of two patterns, which are recognised where a kernel reads it: a
// value that real data practically never has, NaN in every float format, so that what slips through shows in the result.
#pragma once
#include <cstddef>
#include <cstdint>

#include "context.hpp"

namespace op_emulator {

struct CoreState;
struct Remote;

// Circular buffers and scratchpads; tensors. Data copied out of a tensor's padding is nobody's mistake, so the two differ.
enum class Fill : std::uint8_t { Local, Tensor };

void fill_unwritten(std::byte* memory, std::uint64_t bytes, Fill fill);
// Whether no byte of the range has been written. Ranges of less than 16 bytes prove nothing: false.
bool is_unwritten(const std::byte* memory, std::uint64_t bytes, Fill fill);

// --- asked by what reads, each of them a fault or nothing -----------------------------------------------------------
// A tile, or rows, that the unpacker reads from the front of a buffer: padding may be anything, a page without a single
// written byte is "l1_unwritten", and one of a tensor without any "tensor_unwritten".
void check_page_is_written(std::uint32_t cb, const std::byte* page, std::uint64_t bytes, const char* what, Where where);
// The packer is about to add to this page.
void check_sum_is_written(std::uint32_t cb, const std::byte* page, std::uint64_t bytes, const char* what, Where where);
// The source of a NOC write, in this core's L1. A warning if blocks of 64 bytes are unwritten, but not all of it.
void check_source_is_written(std::uint32_t address, std::uint32_t bytes, Where where);
// The source of a NOC read.
void check_remote_is_written(const Remote& remote, std::uint32_t bytes, Where where);

}  // namespace op_emulator

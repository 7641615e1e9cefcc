// What kernels may call in the runtime library. The runtime includes this file too, so both sides agree by construction.
// Every call takes the kernel's own line; faults name it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "data_format.h"
#include "where.h"

#define OP_EMULATOR_API __attribute__((visibility("default")))

// What the toolchain adds at the end of each kernel, and the one symbol the runtime looks up.
extern "C" OP_EMULATOR_API void op_emulator_kernel_entry();

// Base of the running core's L1 in host memory, and its size. Set by the scheduler at each switch.
extern "C" OP_EMULATOR_API unsigned char* op_emulator_l1_base;
extern "C" OP_EMULATOR_API uint32_t op_emulator_l1_size;

namespace op_emulator::abi {

// --- circular buffers: pages, in the running RISC's role ---------------------------------------------------------
OP_EMULATOR_API void cb_reserve_back(uint32_t cb, int32_t pages, Where where);
OP_EMULATOR_API void cb_push_back(uint32_t cb, int32_t pages, Where where);
OP_EMULATOR_API void cb_wait_front(uint32_t cb, int32_t pages, Where where);
OP_EMULATOR_API void cb_pop_front(uint32_t cb, int32_t pages, Where where);
OP_EMULATOR_API bool cb_pages_reservable(uint32_t cb, int32_t pages, Where where);
OP_EMULATOR_API bool cb_pages_available(uint32_t cb, int32_t pages, Where where);
OP_EMULATOR_API uint32_t cb_write_pointer(uint32_t cb, Where where);  // L1 byte address
OP_EMULATOR_API uint32_t cb_read_pointer(uint32_t cb, Where where);   // L1 byte address
// This processor's own pointer, to the start of a page of the ring.
OP_EMULATOR_API void cb_move_pointer(uint32_t cb, bool write, uint32_t address, Where where);

struct CbLayout {  // bytes, but for `pages`
    uint32_t address, total_size, page_size, pages;
};
OP_EMULATOR_API CbLayout cb_layout(uint32_t cb, Where where);

// --- arguments ------------------------------------------------------------------------------------------------------
OP_EMULATOR_API uint32_t argument(int32_t index, Where where);
OP_EMULATOR_API uint32_t common_argument(int32_t index, Where where);
OP_EMULATOR_API uint32_t argument_address(int32_t index, Where where);         // L1 address of a copy
OP_EMULATOR_API uint32_t common_argument_address(int32_t index, Where where);  // L1 address of a copy

// --- NOC: addresses are 36-bit offsets with x and y above them --------------------------------------------------------
inline constexpr uint32_t kNoTransactionId = 0xFFFFFFFF;
enum class Barrier : uint8_t { Reads, Writes, WritesDeparted, PostedWritesDeparted, Atomics, Full };
OP_EMULATOR_API void noc_read(
    uint64_t source, uint32_t destination, uint32_t bytes, uint8_t noc, uint32_t transaction_id, Where where);
OP_EMULATOR_API void noc_write(
    uint32_t source, uint64_t destination, uint32_t bytes, uint8_t noc, bool posted, uint32_t transaction_id,
    Where where);
OP_EMULATOR_API void noc_write_multicast(
    uint32_t source, uint64_t destination, uint32_t bytes, uint32_t destinations, bool include_source, bool linked,
    uint8_t noc, Where where);
OP_EMULATOR_API void noc_write_word(
    uint64_t destination, uint32_t value, uint8_t byte_enable, uint8_t noc, bool posted, Where where);
OP_EMULATOR_API void noc_write_word_multicast(
    uint64_t destination, uint32_t value, uint8_t byte_enable, uint32_t destinations, uint8_t noc, bool posted, Where where);
// Transfers with state: coordinates, and the size unless it is 0, stay from one to the next. `bytes` of 0 in a transfer
// means the size set before.
OP_EMULATOR_API void noc_set_state(bool write, uint64_t remote, uint32_t bytes, uint8_t noc, Where where);
OP_EMULATOR_API void noc_read_with_state(
    uint32_t source, uint32_t destination, uint32_t bytes, uint8_t noc, uint32_t transaction_id, Where where);
OP_EMULATOR_API void noc_write_with_state(
    uint32_t source, uint32_t destination, uint32_t bytes, uint8_t noc, bool posted, uint32_t transaction_id, Where where);
[[noreturn]] OP_EMULATOR_API void noc_empty_transfer(Where where);
[[noreturn]] OP_EMULATOR_API void noc_more_than_a_packet(uint32_t bytes, Where where);
OP_EMULATOR_API void noc_set_transaction_id(bool write, uint32_t transaction_id, uint8_t noc, Where where);
OP_EMULATOR_API void noc_write_zeros(uint32_t address, uint32_t bytes, uint8_t noc, Where where);
OP_EMULATOR_API void noc_barrier(Barrier kind, uint8_t noc, uint32_t transaction_id, Where where);
OP_EMULATOR_API bool noc_reads_landed(uint8_t noc, uint32_t transaction_id, Where where);
OP_EMULATOR_API uint64_t bank_address(bool dram, uint32_t bank, uint64_t offset, Where where);
OP_EMULATOR_API uint32_t bank_count(bool dram);
OP_EMULATOR_API uint64_t own_address(uint32_t address);
OP_EMULATOR_API bool is_own_coordinate(uint32_t noc_x, uint32_t noc_y);

// --- semaphores: `address` is an L1 address ---------------------------------------------------------------------------
OP_EMULATOR_API uint32_t semaphore_address(uint32_t id, Where where);
OP_EMULATOR_API void semaphore_set(uint32_t address, uint32_t value, Where where);
OP_EMULATOR_API uint32_t semaphore_value(uint32_t address, Where where);
OP_EMULATOR_API void semaphore_wait(uint32_t address, uint32_t value, bool at_least, Where where);
OP_EMULATOR_API void semaphore_add(uint32_t address, int32_t difference, Where where);
OP_EMULATOR_API void semaphore_increment(
    uint64_t destination, uint32_t value, uint8_t noc, bool posted, Where where);
OP_EMULATOR_API void semaphore_increment_multicast(
    uint64_t destination, uint32_t value, uint32_t destinations, uint8_t noc, bool posted, Where where);
// This core's word at `source` goes to another core, or to a rectangle of them.
OP_EMULATOR_API void semaphore_send(uint32_t source, uint64_t destination, uint8_t noc, Where where);
OP_EMULATOR_API void semaphore_send_multicast(
    uint32_t source, uint64_t destination, uint32_t destinations, bool include_source, bool linked, uint8_t noc, Where where);

// --- mailboxes of a core: from its data movement kernels, or from its compute kernel to itself ---------------------------
OP_EMULATOR_API void mailbox_write(uint32_t value, Where where);
OP_EMULATOR_API uint32_t mailbox_read(bool from_data_movement, Where where);  // waits for a word

// --- the core -----------------------------------------------------------------------------------------------------------
OP_EMULATOR_API uint32_t logical_x();
OP_EMULATOR_API uint32_t logical_y();
OP_EMULATOR_API uint32_t relative_x();  // to the first core of this kernel
OP_EMULATOR_API uint32_t relative_y();
OP_EMULATOR_API void begin_call(Where where);  // notes the line; the helpers it calls pass Where{} and keep it
OP_EMULATOR_API void poll(Where where);  // lets others run; a kernel that only polls is stopped as non_termination

// --- pointers, assertions -------------------------------------------------------------------------------------------
[[noreturn]] OP_EMULATOR_API void pointer_outside_l1(uint64_t value, Where where);
[[noreturn]] OP_EMULATOR_API void pointer_not_in_l1(const volatile void* pointer, Where where);
[[noreturn]] OP_EMULATOR_API void assertion_failed(const char* condition, Where where);
[[noreturn]] OP_EMULATOR_API void not_modelled(const char* name, const char* instead, Where where);
[[noreturn]] OP_EMULATOR_API void cb_not_declared(uint32_t cb, Where where);
// Page or shard `number` of `count`, or byte `offset` of one that has `bytes`.
[[noreturn]] OP_EMULATOR_API void outside_tensor(
    const char* what, uint32_t number, uint32_t count, uint32_t offset, uint32_t bytes, Where where);

}  // namespace op_emulator::abi

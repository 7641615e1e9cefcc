// State of one running program inside the child: cores, their circular buffers, semaphores and outstanding transfers.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../kernel/op_emulator/abi.h"
#include "context.hpp"
#include "device.hpp"
#include "fibre.hpp"
#include "noc_address.hpp"

namespace op_emulator {

inline constexpr std::uint32_t kCircularBuffers = 32;
inline constexpr unsigned kRiscs = 3;
inline constexpr std::uint32_t kArgumentBase = 0x4000;  // below l1_unreserved_base: copies of the runtime arguments
inline constexpr std::uint32_t kArgumentBytes = 0x2000;  // per RISC; the common ones in the upper half

struct Fibre;

// One RISC's own view of a circular buffer, as in hardware: pointers are per RISC, counters are shared.
struct CbView {
    std::uint32_t read_page = 0, write_page = 0;  // position in the ring
    std::uint32_t waited = 0, reserved = 0;       // pages from the front, from the back
    bool has_waited = false, has_reserved = false;
    Fibre* blocked = nullptr;            // fibre of this RISC waiting on this buffer
};

// A buffer may serve as plain scratch memory, but then nothing may ever be pushed into it.
struct ScratchUse {
    const KernelContext* user = nullptr;
    bool write = false;
    Where where;
};

struct CbState {
    bool declared = false;
    bool globally_allocated = false;
    bool poison = true;  // its memory belongs to this buffer alone
    std::uint32_t index = 0, address = 0, total_size = 0, page_size = 0, pages = 0;
    std::uint32_t tile_height = kTileHeight, tile_width = kTileWidth;
    DataFormat format = DataFormat::Invalid;
    std::uint32_t received = 0, acked = 0;
    std::uint32_t waited_front = 0, waited_back = 0, highest_fill = 0;  // for the report
    std::uint32_t most_waited = 0;  // pages any consumer has seen, counted from the start
    std::array<CbView, kRiscs> views;
    const KernelImage* producer = nullptr;
    const KernelImage* consumer = nullptr;
    Where last_push;
    std::optional<ScratchUse> scratch;

    std::uint32_t available() const { return received - acked; }
    std::uint32_t free() const { return pages - available(); }
    bool holds(std::uint32_t l1_address) const {
        return declared && l1_address >= address && l1_address - address < total_size;
    }
};

// A NOC read or write this RISC has issued and not yet seen the end of.
struct Transfer {
    std::uint32_t local = 0, bytes = 0;  // L1 range on the issuing core
    std::uint8_t noc = 0;
    bool posted = false, pending = false;  // pending: data not moved yet (asynchronous mode)
    std::uint32_t transaction_id = abi::kNoTransactionId;
    std::byte* remote = nullptr;
    Where issued;

    bool overlaps(std::uint32_t address, std::uint32_t length) const {
        return local < address + length && address < local + bytes;
    }
};

// Writes that have left the core; only a barrier tells that they arrived.
struct Unacknowledged {
    std::uint8_t noc = 0;
    std::uint32_t transaction_id = abi::kNoTransactionId;
    std::uint64_t count = 0;
    Where first;
};

// What a NOC's command buffer for reads, or for writes, was last set to by hand. A plain transfer through the same
// buffer changes it again.
struct CommandState {
    bool is_set = false, is_disturbed = false;
    std::uint64_t coordinates = 0;  // the address without its low 32 bits
    std::uint32_t bytes = 0;        // 0: given with each transfer
    std::uint32_t transaction_id = 0;
    Where set, disturbed;

    void plain_transfer(std::uint64_t address, std::uint32_t length, Where where) {
        if (is_set && !is_disturbed && (address >> 32 != coordinates || (bytes != 0 && length != bytes))) {
            is_disturbed = true;
            disturbed = where;
        }
    }
};

struct LinkedMulticast {
    bool is_open = false;
    Where opened;
};

struct Transfers {
    std::vector<Transfer> reads, writes;  // writes: not departed yet
    std::vector<Unacknowledged> departed, atomics;
    std::array<CommandState, 2> read_state, write_state;  // by NOC
    std::array<LinkedMulticast, 2> linked;
};

struct CoreState {
    CoreXY xy;
    std::byte* l1 = nullptr;
    std::array<CbState, kCircularBuffers> buffers;
    std::vector<std::uint32_t> declared;  // indices of the declared ones
    std::vector<std::uint32_t> semaphores;  // L1 address of each
    std::vector<const ScratchpadImage*> scratchpads;
    std::array<Transfers, kRiscs> transfers;
    std::array<Fibre*, kRiscs> waiting_on_semaphore{};
    std::array<std::deque<std::uint32_t>, 2> mailboxes;  // from the compute kernel, from data movement
};

enum class WaitKind : std::uint8_t { None, Front, Back, Semaphore };

struct Fibre {
    KernelContext context;
    FibreContext machine;
    std::unique_ptr<FibreStack> stack;
    void (*entry)() = nullptr;
    const std::vector<std::uint32_t>* arguments = nullptr;
    CoreXY first_core;  // of the kernel, for relative coordinates
    bool done = false;
    NocCounts noc;
    ComputeUse compute;    // of a compute kernel that has returned
    std::uint32_t number = 0;  // in the order of the image: kernels, cores of each

    WaitKind wait = WaitKind::None;  // why it is blocked
    CbState* wait_buffer = nullptr;
    std::uint32_t wait_amount = 0, wait_address = 0;
    bool wait_at_least = false;
};

// The far end of a transfer.
struct Remote {
    BankLocation where;
    std::uint64_t offset = 0;
    std::byte* memory = nullptr;
};

struct Program {
    Device* device = nullptr;
    const ProgramImage* image = nullptr;
    RunOptions options;
    bool asynchronous = false;  // odd seeds: data lands at the barrier, and is garbage until then
    std::vector<CoreState> cores;  // every core of the grid
    std::vector<std::string> warnings;

    CoreState* core_at(std::uint32_t noc_x, std::uint32_t noc_y);
};

Program& program();
ComputeUse compute_use(const Fibre& fibre);  // traffic.cpp: all zero for a data movement kernel
Fibre& running_fibre();
inline unsigned risc_index(const KernelContext& context) { return static_cast<unsigned>(context.risc); }
inline CoreState& running_core() { return *current().core_state; }

const char* risc_name(Risc risc);
std::string cb_name(std::uint32_t cb);  // "c_0", or "dfb::in" where the running kernel knows it by that name
std::string cb_name(std::uint32_t cb, const KernelImage* kernel);
std::string plural(std::uint32_t count, const char* noun);  // "1 page", "2 pages"
std::string hex(std::uint64_t value);

// The buffer, or the fault "cb_undeclared".
CbState& cb_state(std::uint32_t cb, Where where);

// local_access.cpp, asked by noc.cpp: may the running kernel write to / read from this range of its own L1?
void check_local_write(std::uint32_t address, std::uint32_t bytes, Where where);
void check_local_read(std::uint32_t address, std::uint32_t bytes, Where where);
void check_buffers_at_end();  // balance.cpp
void count_traffic(RunReport& report);  // traffic.cpp
// resolve.cpp: the memory behind a NOC address, or the fault that says why there is none.
Remote resolve(std::uint64_t address, std::uint32_t bytes, Where where);
// The fault "tensor_freed" if the range was a tensor's, not long ago; else nothing.
void refuse_freed(BankKind kind, std::uint64_t offset, std::uint32_t bytes, Where where);
bool in_scratchpad(const CoreState& core, std::uint64_t offset, std::uint32_t bytes);
Remote resolve_at(NocXY xy, std::uint64_t offset, std::uint32_t bytes, Where where);
// The same for one core of a multicast: that it lacks what the sender has at this offset is said in those words.
Remote resolve_destination(NocXY xy, std::uint64_t offset, std::uint32_t bytes, Where where);
// noc.cpp: moves what is still pending, where a semaphore must not overtake it.
void settle_writes(CoreState& core, unsigned risc);
void check_transfers_at_end();  // of the running kernel
// semaphore.cpp: "semaphore 3", or its address where the program declared none.
std::string semaphore_name(std::uint32_t address);
// Wakes who waits on this core's semaphores and is satisfied.
void wake_semaphore_waiters(CoreState& core);

}  // namespace op_emulator

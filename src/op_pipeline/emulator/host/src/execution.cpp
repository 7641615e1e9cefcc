#include "op_emulator/execution.hpp"

#include <tt-metalium/tt_align.hpp>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

#include "op_emulator/dispatch.hpp"
#include "op_emulator/format.hpp"
#include "op_emulator/pages.hpp"
#include "op_emulator/program_lowering.hpp"

namespace op_emulator {
namespace {

constexpr std::uint64_t kMostLiveBytes = 1ull << 30;  // they are all filled before a run, and copied between seeds

template <typename... Values>
[[noreturn]] void refuse(FormatText<std::type_identity_t<Values>...> text, const Values&... values) {
    throw std::invalid_argument(format_unchecked(text.text, values...));
}

const char* kind_name(BankKind kind) { return kind == BankKind::Dram ? "DRAM" : "L1"; }

// --- live buffers -----------------------------------------------------------------------------------------------
void check_place(const ChipShape& chip, const LiveBuffer& buffer) {
    const bool dram = buffer.kind == BankKind::Dram;
    const std::uint64_t begin = dram ? chip.dram_unreserved_base : chip.l1_unreserved_base;
    const std::uint64_t end = dram ? chip.dram_bank_size : chip.l1_size;
    const std::uint32_t alignment = dram ? chip.dram_alignment : chip.l1_alignment;
    if (buffer.address < begin || buffer.address > end || buffer.bytes_per_bank > end - buffer.address) {
        refuse(
            "{} bytes at {:#x} in each {} bank are outside the range [{:#x}, {:#x}) of buffers", buffer.bytes_per_bank,
            buffer.address, kind_name(buffer.kind), begin, end);
    }
    if (buffer.address % alignment != 0) {
        refuse("the {} buffer at {:#x} is not aligned to {} bytes", kind_name(buffer.kind), buffer.address, alignment);
    }
}

void check_live(const Device& device, std::vector<LiveBuffer> live) {
    std::uint64_t bytes = 0;
    for (const LiveBuffer& buffer : live) {
        check_place(device.shape(), buffer);
        if (!std::ranges::is_sorted(buffer.banks, std::ranges::less_equal{}) ||
            (!buffer.banks.empty() && buffer.banks.back() >= device.bank_count(buffer.kind))) {
            refuse("the {} buffer at {:#x} names banks twice, out of order, or such as are not there", kind_name(buffer.kind), buffer.address);
        }
        bytes += buffer.bytes_per_bank * device.bank_count(buffer.kind);
        if (bytes > kMostLiveBytes) refuse("the live buffers have more than {} bytes", kMostLiveBytes);
    }
    std::ranges::sort(live, {}, [](const LiveBuffer& buffer) { return std::pair(buffer.kind, buffer.address); });
    for (std::size_t i = 1; i < live.size(); ++i) {
        const LiveBuffer& below = live[i - 1];
        if (below.kind == live[i].kind && live[i].address < below.address + std::max<std::uint64_t>(below.bytes_per_bank, 1)) {
            refuse("the {} buffers at {:#x} and {:#x} overlap", kind_name(below.kind), below.address, live[i].address);
        }
    }
}

const LiveBuffer* buffer_at(const std::vector<LiveBuffer>& live, BankKind kind, std::uint64_t address) {
    const auto found = std::ranges::find_if(live, [&](const LiveBuffer& buffer) {
        return buffer.kind == kind && buffer.address == address;
    });
    return found == live.end() ? nullptr : &*found;
}

// Registers what is live, and frees it in the end.
class LiveTable {
public:
    explicit LiveTable(Device& device) : device_(device) { device_.wipe(); }
    ~LiveTable() { become({}); }
    LiveTable(const LiveTable&) = delete;
    LiveTable& operator=(const LiveTable&) = delete;

    void become(const std::vector<LiveBuffer>& next) {
        const std::vector<LiveBuffer> now = device_.live_buffers();
        const auto missing = [](const std::vector<LiveBuffer>& table, const LiveBuffer& buffer) {
            return std::ranges::find(table, buffer) == table.end();
        };
        for (const LiveBuffer& buffer : now) {
            if (missing(next, buffer)) device_.release_buffer(buffer.kind, buffer.address);
        }
        for (const LiveBuffer& buffer : next) {
            if (missing(now, buffer)) device_.register_buffer(buffer);
        }
    }

private:
    Device& device_;
};

// --- images -----------------------------------------------------------------------------------------------------
bool is_clear_of(const CircularBufferImage& cb, const LiveBuffer& buffer) {
    return buffer.kind != BankKind::L1 || cb.address >= buffer.address + buffer.bytes_per_bank ||
           cb.address + std::uint64_t{cb.total_size} <= buffer.address;
}

bool holds(const LiveBuffer& buffer, const CircularBufferImage& cb) {
    return buffer.kind == BankKind::L1 && cb.address >= buffer.address &&
           cb.address + std::uint64_t{cb.total_size} <= buffer.address + buffer.bytes_per_bank;
}

void check_circular_buffer(const ChipShape& chip, const CircularBufferImage& cb, const std::vector<LiveBuffer>& live) {
    if (tile_bytes(cb.format) == 0) {
        refuse("circular buffer {}: format {} is not modelled", cb.index, static_cast<unsigned>(cb.format));
    }
    if (cb.address < chip.l1_unreserved_base) {
        refuse("circular buffer {} lies at {:#x}, below the memory of programs", cb.index, cb.address);
    }
    if (cb.globally_allocated) {
        if (std::ranges::none_of(live, [&](const LiveBuffer& buffer) { return holds(buffer, cb); })) {
            refuse("circular buffer {} stands on a tensor, but there is none at {:#x}", cb.index, cb.address);
        }
    } else if (!std::ranges::all_of(live, [&](const LiveBuffer& buffer) { return is_clear_of(cb, buffer); })) {
        refuse("circular buffer {} at {:#x} overlaps a live L1 buffer", cb.index, cb.address);
    }
}

void check_scratchpad(const ChipShape& chip, const ScratchpadImage& pad, const std::vector<LiveBuffer>& live) {
    const std::uint64_t end = std::uint64_t{pad.address} + pad.size;
    if (pad.address < chip.l1_unreserved_base || std::ranges::any_of(live, [&](const LiveBuffer& buffer) {
            return buffer.kind == BankKind::L1 && pad.address < buffer.address + buffer.bytes_per_bank && buffer.address < end;
        })) {
        refuse("scratchpad {} at {:#x} lies below the memory of programs or in a live L1 buffer", pad.name, pad.address);
    }
}

void check_kernel(const KernelImage& kernel) {
    if (kernel.noc > 1) refuse("kernel {}: there is no NOC {}", kernel.name, unsigned{kernel.noc});
    const unsigned fidelity = kernel.compute.math_fidelity;
    if (fidelity > 4 || fidelity == 1) refuse("kernel {}: there is no math fidelity {}", kernel.name, fidelity);
    const std::set<CoreXY> cores(kernel.cores.begin(), kernel.cores.end());
    std::set<CoreXY> seen;
    for (const KernelArguments& arguments : kernel.runtime_args) {
        if (!cores.contains(arguments.core) || !seen.insert(arguments.core).second) {
            refuse(
                "kernel {}: runtime args of core ({},{}) are set twice, or the kernel is not placed there", kernel.name,
                arguments.core.x, arguments.core.y);
        }
    }
}

void check_semaphores(const ChipShape& chip, const std::vector<SemaphoreImage>& semaphores) {
    std::set<std::pair<CoreXY, std::uint32_t>> taken;
    for (const SemaphoreImage& semaphore : semaphores) {
        if (semaphore.id >= kSemaphores || semaphore.address != semaphore_address(chip, semaphore.id)) {
            refuse("semaphore {} cannot lie at {:#x}", semaphore.id, semaphore.address);
        }
        for (const CoreXY& core : semaphore.cores) {
            if (!taken.emplace(core, semaphore.id).second) {
                refuse("semaphore {} is declared twice on core ({},{})", semaphore.id, core.x, core.y);
            }
        }
    }
}

void check_launch(const Device& device, const DescribedLaunch& launch) {
    check_live(device, launch.live);
    for (const CircularBufferImage& cb : launch.image.circular_buffers) {
        check_circular_buffer(device.shape(), cb, launch.live);
    }
    for (const KernelImage& kernel : launch.image.kernels) check_kernel(kernel);
    check_semaphores(device.shape(), launch.image.semaphores);
    for (const ScratchpadImage& pad : launch.image.scratchpads) check_scratchpad(device.shape(), pad, launch.live);
    check_program(device, launch.image);
}

// --- tensors ----------------------------------------------------------------------------------------------------
DevicePages pages_of(const Device& device, const PlacedTensor& tensor, const std::vector<LiveBuffer>& live) {
    using tt::tt_metal::BufferType;
    const BufferType type = tensor.spec.memory_config().buffer_type();
    if (type != BufferType::DRAM && type != BufferType::L1) {
        refuse("{} is not modelled by the emulator", tensor.spec.memory_config());
    }
    const bool dram = type == BufferType::DRAM;
    const BankKind kind = dram ? BankKind::Dram : BankKind::L1;
    const std::uint64_t page = tensor.spec.compute_page_size_bytes();
    const std::uint64_t alignment = dram ? device.shape().dram_alignment : device.shape().l1_alignment;
    DevicePages pages{kind, tensor.address, page, tt::align(page, alignment), tensor.spec.compute_page_count()};
    try {
        const auto sharding = tensor.spec.compute_buffer_sharding_args();
        if (sharding.distribution) distribute(pages, *sharding.distribution, device.shape());
    } catch (const std::runtime_error& error) {
        refuse("the tensor at {:#x} cannot be sharded so: {}", tensor.address, error.what());
    }
    const LiveBuffer* buffer = buffer_at(live, kind, tensor.address);
    if (!buffer) refuse("no live {} buffer begins at {:#x}, where a tensor should be", kind_name(kind), tensor.address);
    if (pages.banks != buffer->banks) {
        refuse("the tensor at {:#x} and its buffer are not in the same banks", tensor.address);
    }
    if (pages.bytes_per_bank(device) > buffer->bytes_per_bank) {
        refuse(
            "the tensor at {:#x} needs {} bytes in each bank, its buffer has {}", tensor.address,
            pages.bytes_per_bank(device), buffer->bytes_per_bank);
    }
    return pages;
}

void write_inputs(Device& device, const std::vector<PlacedTensor>& inputs, const std::vector<DevicePages>& pages) {
    for (std::size_t i = 0; i < inputs.size(); ++i) pages[i].write(device, inputs[i].pages.data());
}

// Marks inputs whose memory no longer holds what was written there. Memory that is free now is nobody's any more.
void note_changes(
    Device& device, const std::vector<PlacedTensor>& inputs, const std::vector<DevicePages>& pages,
    const std::vector<LiveBuffer>& live, std::vector<bool>& changed) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (changed[i] || !buffer_at(live, pages[i].kind, pages[i].address)) continue;
        std::vector<std::byte> now(inputs[i].pages.size());
        pages[i].read(device, now.data());
        changed[i] = now != inputs[i].pages;
    }
}

// One tensor may be given twice, two different ones may not share their memory.
void check_aliases(const std::vector<PlacedTensor>& inputs, const std::vector<DevicePages>& pages) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].pages.size() != pages[i].page_size * pages[i].count) {
            refuse("{} bytes of data for the tensor at {:#x}", inputs[i].pages.size(), inputs[i].address);
        }
        for (std::size_t j = 0; j < i; ++j) {
            if (pages[i].kind == pages[j].kind && pages[i].address == pages[j].address && inputs[i].pages != inputs[j].pages) {
                refuse("two different tensors have the address {:#x}", inputs[i].address);
            }
        }
    }
}

std::vector<std::unique_ptr<TraceRing>>& traces() {
    static std::vector<std::unique_ptr<TraceRing>> rings;
    return rings;
}

}  // namespace

const std::vector<std::unique_ptr<TraceRing>>& recorded_traces() { return traces(); }

Executed execute(
    Device& device, const std::vector<DescribedLaunch>& launches, const std::vector<PlacedTensor>& inputs,
    const PlacedTensor& output, std::uint32_t trace_events) {
    if (!device.live_buffers().empty()) refuse("the device has buffers of its own");
    if (launches.empty()) refuse("there is no launch to run");
    for (const DescribedLaunch& launch : launches) check_launch(device, launch);
    std::vector<DevicePages> pages;
    for (const PlacedTensor& input : inputs) pages.push_back(pages_of(device, input, launches.front().live));
    check_aliases(inputs, pages);
    const DevicePages result = pages_of(device, output, launches.back().live);

    LiveTable table(device);
    Executed executed;
    traces().clear();
    executed.changed.resize(inputs.size());
    for (const DescribedLaunch& launch : launches) {
        table.become(launch.live);
        if (executed.reports.empty()) write_inputs(device, inputs, pages);
        std::unique_ptr<TraceRing>* ring = trace_events == 0 ? nullptr : &traces().emplace_back();
        executed.reports.push_back(run_under_seeds(launch.image, device, true, ring, trace_events));
        note_changes(device, inputs, pages, launch.live, executed.changed);
    }
    executed.pages.resize(result.page_size * result.count);
    result.read(device, executed.pages.data());
    return executed;
}

}  // namespace op_emulator

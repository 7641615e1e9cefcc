#include "workers.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#ifdef __linux__
#include <sched.h>
#endif

#include "kernel_library.hpp"

namespace op_emulator {
namespace {

// Bytes of tensors below which a second process costs more than it saves.
constexpr std::uint64_t kWorthwhile = 4ull << 20;

// What a kernel may import without having to do with other cores: a name that is new is not among them.
constexpr std::array<std::string_view, 39> kOwnCoreOnly{
    "cb_reserve_back", "cb_push_back", "cb_wait_front", "cb_pop_front", "cb_pages_reservable", "cb_pages_available",
    "cb_write_pointer", "cb_read_pointer", "cb_layout", "cb_not_declared", "argument", "common_argument",
    "argument_address", "common_argument_address", "noc_read", "noc_write", "noc_write_zeros", "noc_barrier",
    "noc_reads_landed", "bank_address", "bank_count", "own_address", "is_own_coordinate", "logical_x", "logical_y",
    "relative_x", "relative_y", "begin_call", "pointer_outside_l1", "pointer_not_in_l1", "assertion_failed",
    "not_modelled", "cb_move_pointer",
    "noc_set_state", "noc_set_transaction_id", "noc_read_with_state", "noc_write_with_state", "noc_empty_transfer",
    "outside_tensor"};

// The function of a mangled name in namespace op_emulator::abi; empty for any other name.
std::string_view abi_function(std::string_view mangled) {
    constexpr std::string_view kPrefix = "_ZN11op_emulator3abi";
    if (!mangled.starts_with(kPrefix)) {
        return {};
    }
    mangled.remove_prefix(kPrefix.size());
    std::size_t length = 0;
    while (!mangled.empty() && mangled.front() >= '0' && mangled.front() <= '9') {
        length = length * 10 + static_cast<std::size_t>(mangled.front() - '0');
        mangled.remove_prefix(1);
    }
    return mangled.substr(0, length);
}

bool keeps_to_its_core(const std::string& library) {
    static std::map<std::string, bool> known;  // the toolchain's libraries never change under their name
    const auto found = known.find(library);
    if (found != known.end()) {
        return found->second;
    }
    const std::vector<std::string> names = imported_names(library);
    const bool alone = !names.empty() && std::ranges::all_of(names, [](const std::string& name) {
        const std::string_view function = abi_function(name);
        return function.empty() || std::ranges::find(kOwnCoreOnly, function) != kOwnCoreOnly.end();
    });
    return known[library] = alone;
}

std::uint32_t usable_cpus() {
#ifdef __linux__
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        return static_cast<std::uint32_t>(CPU_COUNT(&set));
    }
#endif
    return 1;
}

std::uint64_t bytes_of_tensors(const Device& device, const ProgramImage& program) {
    std::uint64_t bytes = 0;
    for (const LiveBuffer& buffer : named_buffers(device, program)) {
        bytes += buffer.bytes_per_bank * (buffer.banks.empty() ? device.bank_count(buffer.kind) : buffer.banks.size());
    }
    return bytes;
}

std::size_t core_count(const ProgramImage& program) {
    std::set<CoreXY> cores;
    for (const KernelImage& kernel : program.kernels) {
        cores.insert(kernel.cores.begin(), kernel.cores.end());
    }
    return cores.size();
}

void add(CbTraffic& to, const CbTraffic& from) {
    to.all.pushed += from.all.pushed;
    to.all.popped += from.all.popped;
    to.all.waited_front += from.all.waited_front;
    to.all.waited_back += from.all.waited_back;
    to.all.highest_fill = std::max(to.all.highest_fill, from.all.highest_fill);
    const auto rank = [](const CbTraffic& traffic) {
        return std::tuple(
            -static_cast<std::int64_t>(traffic.busiest.pushed + traffic.busiest.popped), traffic.busiest_core.y,
            traffic.busiest_core.x);
    };
    if (rank(from) < rank(to)) {
        std::tie(to.busiest, to.busiest_core, to.pages) = std::tie(from.busiest, from.busiest_core, from.pages);
    }
    to.cores += from.cores;
}

void add(KernelTraffic& to, const KernelTraffic& from, const KernelImage& kernel) {
    const auto rank = [&](const KernelTraffic& traffic) {
        const auto place = std::ranges::find(kernel.cores, traffic.busiest_core) - kernel.cores.begin();
        return std::tuple(-static_cast<std::int64_t>(traffic.busiest.read + traffic.busiest.written), place);
    };
    to.all.read += from.all.read;
    to.all.written += from.all.written;
    to.all.read_dram += from.all.read_dram;
    to.all.written_dram += from.all.written_dram;
    to.all.multicast += from.all.multicast;
    to.compute_calls += from.compute_calls;
    to.dst_capacity = std::max(to.dst_capacity, from.dst_capacity);
    to.dst_most = std::max(to.dst_most, from.dst_most);
    if (from.cores != 0 && (to.cores == 0 || rank(from) < rank(to))) {
        std::tie(to.busiest, to.busiest_core) = std::tie(from.busiest, from.busiest_core);
    }
    to.cores += from.cores;
}

void add(RunReport& to, const RunReport& from, const ProgramImage& program) {
    to.api_calls += from.api_calls;
    to.fibre_switches += from.fibre_switches;
    to.seconds = std::max(to.seconds, from.seconds);
    for (const CbTraffic& traffic : from.circular_buffers) {
        const auto same = std::ranges::find(to.circular_buffers, traffic.index, &CbTraffic::index);
        if (same == to.circular_buffers.end()) {
            to.circular_buffers.push_back(traffic);
        } else {
            add(*same, traffic);
        }
    }
    for (std::size_t i = 0; i < to.kernels.size() && i < from.kernels.size(); ++i) {
        add(to.kernels[i], from.kernels[i], program.kernels[i]);
    }
    to.warnings.insert(to.warnings.end(), from.warnings.begin(), from.warnings.end());
}

}  // namespace

std::vector<LiveBuffer> named_buffers(const Device& device, const ProgramImage& program) {
    std::set<std::uint64_t> words;
    for (const KernelImage& kernel : program.kernels) {
        words.insert(kernel.common_runtime_args.begin(), kernel.common_runtime_args.end());
        for (const KernelArguments& arguments : kernel.runtime_args) {
            words.insert(arguments.values.begin(), arguments.values.end());
        }
    }
    std::vector<LiveBuffer> named;
    for (const LiveBuffer& buffer : device.live_buffers()) {
        if (words.contains(buffer.address)) {
            named.push_back(buffer);
        }
    }
    return named;
}

std::uint32_t worker_count(const Device& device, const ProgramImage& program, const RunOptions& options) {
    if (options.workers == 1 || options.trace != nullptr || options.schedule_seed != 0 || !program.semaphores.empty()) {
        return 1;
    }
    std::uint32_t wanted = options.workers;
    if (wanted == 0) {
        wanted = bytes_of_tensors(device, program) < kWorthwhile ? 1 : usable_cpus();
    }
    wanted = static_cast<std::uint32_t>(std::min<std::size_t>(wanted, core_count(program)));
    const bool apart = wanted > 1 && std::ranges::all_of(program.kernels, [](const KernelImage& kernel) {
        return keeps_to_its_core(kernel.library);
    });
    return apart ? wanted : 1;
}

RunReport merged_report(const ProgramImage& program, const std::vector<ChildAnswer>& answers) {
    RunReport report = answers.front().report;
    for (std::size_t i = 1; i < answers.size(); ++i) {
        add(report, answers[i].report, program);
    }
    std::ranges::sort(report.circular_buffers, {}, &CbTraffic::index);
    std::ranges::sort(report.warnings);
    return report;
}

}  // namespace op_emulator

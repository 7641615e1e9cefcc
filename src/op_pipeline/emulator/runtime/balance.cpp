// Circular buffers when the program has ended: pages nobody took away.
#include "fault_channel.hpp"
#include "scheduler.hpp"

namespace op_emulator {
namespace {

constexpr std::size_t kEnoughFaults = 16;

const KernelContext* context_of(const KernelImage* kernel, const CoreState& core) {
    for (const auto& fibre : scheduler().fibres()) {
        if (fibre->context.core_state == &core && (kernel == nullptr || fibre->context.kernel == kernel)) {
            return &fibre->context;
        }
    }
    return nullptr;
}

// Pages filled once and read by everybody, such as a scaler: harmless, though untidy.
bool is_constant(const CbState& cb) {
    return cb.acked == 0 && cb.most_waited >= cb.received && cb.received == cb.pages;
}

void check_buffer(const CoreState& core, const CbState& cb, std::vector<FaultRecord>& faults) {
    if (cb.available() == 0 || cb.globally_allocated) {
        return;
    }
    const std::string what = cb_name(cb.index, cb.producer) + " still holds " + plural(cb.available(), "page") +
                             " at the end of the program: " + std::to_string(cb.received) + " pushed, " +
                             std::to_string(cb.acked) + " popped";
    const KernelContext* pusher = context_of(cb.producer, core);
    if (is_constant(cb)) {
        program().warnings.push_back(pusher->kernel->name + ": " + what);
        return;
    }
    faults.push_back(make_record(
        *pusher, "cb_unbalanced", what, cb.last_push,
        cb.most_waited >= cb.received ? "the consumer waits for these pages but never pops them"
                                      : "the consumer handles fewer pages than the producer pushes"));
}

}  // namespace

void check_buffers_at_end() {
    std::vector<FaultRecord> faults;
    for (const CoreState& core : program().cores) {
        for (const std::uint32_t index : core.declared) {
            check_buffer(core, core.buffers[index], faults);
        }
        if (faults.size() >= kEnoughFaults) {
            break;
        }
    }
    if (!faults.empty()) {
        end_with_faults(faults);
    }
}

}  // namespace op_emulator

// A run: checks the image, has children run it, and turns their answers into a report or an exception.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "children.hpp"
#include "core.hpp"
#include "fault.hpp"
#include "workers.hpp"

namespace op_emulator {
namespace {

[[noreturn]] void malformed(const std::string& what) { throw std::invalid_argument("malformed program: " + what); }

void check_cores(const Device& device, const std::vector<CoreXY>& cores, const std::string& owner) {
    if (cores.empty()) {
        malformed(owner + " has no cores");
    }
    for (const CoreXY& core : cores) {
        if (core.x >= device.shape().grid_x || core.y >= device.shape().grid_y) {
            malformed(owner + " stands on core (" + std::to_string(core.x) + "," + std::to_string(core.y) +
                      "), which is outside the grid");
        }
    }
}

void check_kernels(const Device& device, const ProgramImage& image) {
    std::set<std::pair<CoreXY, Risc>> taken;
    for (const KernelImage& kernel : image.kernels) {
        check_cores(device, kernel.cores, "kernel " + kernel.name);
        if (kernel.library.empty()) {
            malformed("kernel " + kernel.name + " is not compiled");
        }
        for (const CoreXY& core : kernel.cores) {
            if (!taken.emplace(core, kernel.risc).second) {
                malformed("two kernels on " + std::string(risc_name(kernel.risc)) + " of core (" +
                          std::to_string(core.x) + "," + std::to_string(core.y) + "), one of them " + kernel.name);
            }
        }
    }
}

void check_buffers(const Device& device, const ProgramImage& image) {
    std::set<std::pair<CoreXY, std::uint32_t>> taken;
    for (const CircularBufferImage& cb : image.circular_buffers) {
        const std::string name = "circular buffer " + std::to_string(cb.index);
        check_cores(device, cb.cores, name);
        if (cb.index >= kCircularBuffers) {
            malformed(name + ": the chip has " + std::to_string(kCircularBuffers));
        }
        if (cb.page_size == 0 || cb.total_size == 0 || cb.total_size % cb.page_size != 0) {
            malformed(name + ": total size " + std::to_string(cb.total_size) + " is not a multiple of page size " +
                      std::to_string(cb.page_size));
        }
        if (std::uint64_t{cb.address} + cb.total_size > device.shape().l1_size || cb.address % 16 != 0) {
            malformed(name + ": does not lie in L1 at a multiple of 16 bytes");
        }
        for (const CoreXY& core : cb.cores) {
            if (!taken.emplace(core, cb.index).second) {
                malformed(name + " is declared twice on one core");
            }
        }
    }
    for (const SemaphoreImage& semaphore : image.semaphores) {
        check_cores(device, semaphore.cores, "semaphore " + std::to_string(semaphore.id));
        if (semaphore.address % 4 != 0 || std::uint64_t{semaphore.address} + 4 > device.shape().l1_size) {
            malformed("semaphore " + std::to_string(semaphore.id) + " does not lie in L1");
        }
    }
    for (const ScratchpadImage& pad : image.scratchpads) {
        check_cores(device, pad.cores, "scratchpad " + pad.name);
        if (pad.size == 0 || std::uint64_t{pad.address} + pad.size > device.shape().l1_size) {
            malformed("scratchpad " + pad.name + " does not lie in L1");
        }
    }
}

}  // namespace

void check_program(const Device& device, const ProgramImage& program) {
    check_kernels(device, program);
    check_buffers(device, program);
}

RunReport run_program(Device& device, const ProgramImage& program, const RunOptions& options) {
    check_program(device, program);
    const std::uint32_t workers = worker_count(device, program, options);
    if (workers > 1) {
        const std::vector<ChildAnswer> answers = run_children(device, program, options, workers);
        if (std::ranges::all_of(answers, [](const ChildAnswer& answer) { return answer.faults.empty(); })) {
            return merged_report(program, answers);
        }
        // What is wrong is told by a run in one process: the same words, whatever the number of workers.
    }
    ChildAnswer answer = std::move(run_children(device, program, options, 1).front());
    if (!answer.faults.empty()) {
        throw ProgramFault(std::move(answer.faults));
    }
    return std::move(answer.report);
}

}  // namespace op_emulator

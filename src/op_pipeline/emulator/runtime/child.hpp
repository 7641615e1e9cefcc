// The forked side of run_program: sets up the program, runs it, answers through the pipe, never returns.
#pragma once
#include <atomic>
#include <cstdint>

#include "device.hpp"
#include "program_image.hpp"

namespace op_emulator {

enum class StopReason : std::uint32_t { None, Stalled, Deadline };

// Shared between parent and child.
struct Progress {
    volatile std::uint64_t api_calls = 0;
    std::atomic<StopReason> stop{StopReason::None};
};

// The cores one of several processes runs: those whose number leaves this rest.
struct Share {
    std::uint32_t index = 0, count = 1;
    bool has(std::uint32_t core) const { return core % count == index; }
};

[[noreturn]] void run_child(
    Device& device, const ProgramImage& image, const RunOptions& options, Share share, Progress& progress, int channel);

}  // namespace op_emulator

// Runs launches that were described elsewhere. Images and buffers come from outside: everything is checked here.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "device.hpp"
#include "program_image.hpp"
#include "trace.hpp"
#include "ttnn/tensor/tensor.hpp"

namespace op_emulator {

struct DescribedLaunch {
    ProgramImage image;            // with the library of every kernel
    std::vector<LiveBuffer> live;  // all buffers at the time of the launch
};

struct PlacedTensor {
    tt::tt_metal::TensorSpec spec;
    std::uint64_t address;
    std::vector<std::byte> pages;  // as host tensors hold them; empty for the output
};

struct Executed {
    std::vector<std::byte> pages;  // of the output
    std::vector<RunReport> reports;  // one per launch
    std::vector<bool> changed;       // of each input: some launch wrote over it
};

// On a device without buffers of its own, whose memory is wiped first and freed afterwards. Buffers that are live in
// consecutive launches keep their contents, others begin as 0xFF. Seeds and limits as in dispatch_program. Throws
// ProgramFault as a launch does, std::invalid_argument for what makes no sense: an image the host library would not
// have made, buffers that overlap or leave their banks, tensors that are in no buffer.
Executed execute(
    Device& device, const std::vector<DescribedLaunch>& launches, const std::vector<PlacedTensor>& inputs,
    const PlacedTensor& output, std::uint32_t trace_events = 0);

// What the last `execute` that was asked for events recorded: one ring per launch it got to.
const std::vector<std::unique_ptr<TraceRing>>& recorded_traces();

}  // namespace op_emulator

// Processes that a program runs in.
#pragma once
#include <vector>

#include "child.hpp"
#include "fault_channel.hpp"

namespace op_emulator {

// Runs the program in `count` forked children, each with its share of the cores, until all have ended. An answer has
// faults, or else the report of that share.
std::vector<ChildAnswer> run_children(
    Device& device, const ProgramImage& program, const RunOptions& options, std::uint32_t count);

}  // namespace op_emulator

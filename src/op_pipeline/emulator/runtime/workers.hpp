// How many processes share a program's cores, and one report from those of all of them.
#pragma once
#include <vector>

#include "device.hpp"
#include "fault_channel.hpp"
#include "program_image.hpp"

namespace op_emulator {

// 1 unless the schedule is the plain one (seed 0: other seeds order the fibres of all cores), no kernel can have to do
// with another core but through tensors, and there is enough to do. `options.workers` says how many otherwise, 0: as many
// as there are CPUs this process may use.
std::uint32_t worker_count(const Device& device, const ProgramImage& program, const RunOptions& options);

// Live buffers whose address is among the program's runtime arguments: those it works on, as a rule.
std::vector<LiveBuffer> named_buffers(const Device& device, const ProgramImage& program);

// The report one process would have given, but for seconds and switches. Every answer has a report.
RunReport merged_report(const ProgramImage& program, const std::vector<ChildAnswer>& answers);

}  // namespace op_emulator

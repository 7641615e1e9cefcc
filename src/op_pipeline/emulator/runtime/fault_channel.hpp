// From the child to the parent: fault records or the report, as length-prefixed fields through a pipe.
#pragma once
#include <string>
#include <vector>

#include "context.hpp"

namespace op_emulator {

FaultRecord make_record(
    const KernelContext& context, const char* fault_class, std::string message, Where where, std::string hint);

void set_fault_channel(int descriptor);
[[noreturn]] void end_with_faults(const std::vector<FaultRecord>& records);  // in the child
[[noreturn]] void end_with_report(const RunReport& report);                  // in the child

struct ChildAnswer {
    bool complete = false;  // false: the child died before it could say anything
    std::vector<FaultRecord> faults;
    RunReport report;
};
ChildAnswer parse_answer(const std::string& bytes);

}  // namespace op_emulator

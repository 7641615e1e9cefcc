// Launches, compile requests and faults as plain Python dictionaries.
#pragma once
#include "bindings.hpp"
#include "fault.hpp"
#include "op_emulator/dispatch.hpp"
#include "op_emulator/launch.hpp"

namespace op_emulator::bindings {

nb::dict request_record(const KernelRequest& request);  // keys of KernelImage, and its circular buffers
nb::dict report_record(const RunReport& report);
nb::dict fault_record(const FaultRecord& record);
nb::dict launch_record(const LaunchRecord& record);

}  // namespace op_emulator::bindings

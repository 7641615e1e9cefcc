// Signals in the child: what they mean for a kernel.
#pragma once
#include "child.hpp"

namespace op_emulator {

// Turns SIGSEGV and its kind into faults, division by zero into RISC-V's answer and a warning, and SIGUSR1 (sent by the
// watchdog) into the fault "non_termination" of whoever is running.
void install_signal_handlers(Progress& progress, const RunOptions& options);

}  // namespace op_emulator

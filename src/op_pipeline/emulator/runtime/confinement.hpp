// What a child that runs kernels may ask of the operating system. Best effort: other systems run without.
#pragma once

namespace op_emulator {

// Before kernels are loaded: no new processes, no network, no file opened for writing, no reaching of other processes.
// Constructors of a kernel's library run under this.
void confine_loading();

// Before they run: nothing but memory, time, the answer through `channel` and words on standard error. Any other call
// raises SIGSYS.
void confine_running(int channel);

}  // namespace op_emulator

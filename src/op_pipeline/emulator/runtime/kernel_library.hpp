// Compiled kernels: loading them, and giving each core its own copy of one that has global state.
#pragma once
#include <string>

namespace op_emulator {

using KernelEntry = void (*)();

// True when the library defines variables a kernel can write to. False also when the format is not ELF.
bool has_mutable_globals(const std::string& library);
// Loads the library and finds its entry. With `private_copy` it is loaded apart from every other load of the same file.
// Throws std::runtime_error with the loader's words.
KernelEntry load_kernel(const std::string& library, bool private_copy);
// Makes the runtime's own symbols visible to kernels, however the host process loaded the runtime.
void publish_runtime_symbols();

}  // namespace op_emulator

// Compiled kernels: loading them, and giving each core its own copy of one that has global state.
#pragma once
#include <string>
#include <vector>

namespace op_emulator {

using KernelEntry = void (*)();

// True when the library defines variables a kernel can write to. False also when the format is not ELF.
bool has_mutable_globals(const std::string& library);
// Mangled names of what the library uses and does not define. None when the format is not ELF.
std::vector<std::string> imported_names(const std::string& library);
// Names under which `count` copies of the library can be loaded apart from one another, in this process only: no file
// is left. Throws std::runtime_error.
std::vector<std::string> private_copies(const std::string& library, std::size_t count);
// Loads the library and finds its entry. Throws std::runtime_error with the loader's words.
KernelEntry load_kernel(const std::string& library);
// Makes the runtime's own symbols visible to kernels, however the host process loaded the runtime.
void publish_runtime_symbols();

}  // namespace op_emulator

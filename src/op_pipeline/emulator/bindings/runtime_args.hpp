// The mappings behind kernel.runtime_args in Python: core -> words, indexed [x][y].
#pragma once
#include <string>
#include <vector>

#include <tt-metalium/kernel_descriptor.hpp>

#include "bindings.hpp"

namespace op_emulator::bindings {

using Words = std::vector<std::uint32_t>;
using CoreWords = tt::tt_metal::KernelDescriptor::RuntimeArgs;

struct RuntimeArgs {  // ttnn.RuntimeArgs: owns its words
    CoreWords entries;
};
struct RuntimeArgsView {  // kernel.runtime_args: looks into the descriptor
    CoreWords* entries;
};
struct RuntimeArgsColumn {  // args[x]
    CoreWords* entries;
    std::size_t x;
};

// From RuntimeArgs, a view, or a list of (core, words); anything else is std::bad_cast, as in the real module.
CoreWords core_words_from(nb::handle value);
void bind_runtime_args(nb::module_& module);

}  // namespace op_emulator::bindings

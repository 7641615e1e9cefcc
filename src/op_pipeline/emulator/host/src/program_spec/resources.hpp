// Numbers and places of what the kernels of a ProgramSpec share.
#pragma once
#include <map>
#include <string>

#include "op_emulator/program_spec.hpp"

namespace op_emulator {

struct Resources {
    std::map<std::string, std::uint32_t> buffers;     // circular buffer index
    std::map<std::string, std::uint32_t> semaphores;  // id
};

// Gives each dataflow buffer the lowest circular buffer index that is free on all its nodes, and each semaphore an id
// in the same way; adds their descriptors to `program`. TT_FATAL when a node has too many.
Resources place_resources(
    const tt::tt_metal::experimental::ProgramSpec& spec, const tt::tt_metal::experimental::ProgramRunArgs& arguments,
    tt::tt_metal::ProgramDescriptor& program);

}  // namespace op_emulator

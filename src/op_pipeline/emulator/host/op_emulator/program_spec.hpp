// A Metal 2.0 program (ProgramSpec and ProgramRunArgs) as what a ProgramDescriptor says, and the names beside it.
#pragma once
#include <string>
#include <vector>

#include <tt-metalium/experimental/metal2_host_api/program_run_args.hpp>
#include <tt-metalium/experimental/metal2_host_api/program_spec.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/program_descriptors.hpp>

#include "program_image.hpp"

namespace op_emulator {

// Work units that have something to do with one kernel or one resource: their nodes are disjoint, so they add up.
using WorkUnits = std::vector<const tt::tt_metal::experimental::WorkUnitSpec*>;

tt::tt_metal::CoreRangeSet nodes_of(const tt::tt_metal::experimental::Nodes& nodes);
tt::tt_metal::CoreRangeSet nodes_of(const WorkUnits& units);

struct PlacedScratchpad {
    std::string name;
    std::uint32_t size = 0;
    tt::tt_metal::CoreRangeSet cores;
    // Common arguments that hold its address: kernel, word.
    std::vector<std::pair<std::size_t, std::size_t>> users;
};

// What lower_program takes. `names` is empty, or has one entry for each kernel.
struct DescribedProgram {
    tt::tt_metal::ProgramDescriptor program;
    std::vector<KernelNames> names;
    std::vector<PlacedScratchpad> scratchpads;
};

// TT_FATAL, with the name of the culprit, for a spec that the real library refuses or this chip has not.
void check_program_spec(const tt::tt_metal::experimental::ProgramSpec& spec);

// Checks spec and arguments (each declared argument set for each node, nothing else), then describes the program.
// Addresses of scratchpads are zero until the program is lowered.
DescribedProgram describe_program(
    const tt::tt_metal::experimental::ProgramSpec& spec, const tt::tt_metal::experimental::ProgramRunArgs& arguments,
    tt::tt_metal::distributed::MeshDevice& device);

}  // namespace op_emulator

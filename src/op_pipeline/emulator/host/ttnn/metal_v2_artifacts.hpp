// What create_program_artifacts of an operation returns.
#pragma once
#include <vector>

#include <tt-metalium/experimental/metal2_host_api/program_run_args.hpp>
#include <tt-metalium/experimental/metal2_host_api/program_spec.hpp>
#include <tt-metalium/experimental/tensor/mesh_tensor.hpp>

namespace ttnn::device_operation {

struct ProgramArtifacts {
    tt::tt_metal::experimental::ProgramSpec spec;
    tt::tt_metal::experimental::ProgramRunArgs run_params;
    std::vector<tt::tt_metal::MeshTensor> op_owned_tensors;  // kept until the program has run
};

}  // namespace ttnn::device_operation

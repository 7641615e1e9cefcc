#include "bindings.hpp"

NB_MODULE(_ttnn, module) {
    using namespace op_emulator::bindings;
    module.doc() = "C++ side of the emulator's ttnn: tensors, descriptors, launch.";
    nanobind::set_implicit_cast_warnings(false);  // the TypeError that follows says more
    bind_enums(module);
    bind_cores(module);
    bind_shapes(module);
    bind_memory(module);
    bind_device(module);
    bind_tensor(module);
    bind_descriptors(module);
    bind_kernel_descriptor(module);
    bind_mesh(module);
    bind_launch(module);
    bind_execution(module);
}

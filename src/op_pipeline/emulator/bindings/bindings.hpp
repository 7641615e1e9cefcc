// The parts of the _ttnn module; module.cpp calls them in an order in which default values find their types.
#pragma once
#include <nanobind/nanobind.h>

namespace op_emulator::bindings {

namespace nb = nanobind;

void bind_enums(nb::module_& module);
void bind_cores(nb::module_& module);
void bind_shapes(nb::module_& module);       // Shape, Tile
void bind_memory(nb::module_& module);       // MemoryConfig, ShardSpec, TensorSpec
void bind_device(nb::module_& module);
void bind_tensor(nb::module_& module);
void bind_descriptors(nb::module_& module);  // circular buffers, semaphores, configs, ProgramDescriptor
void bind_kernel_descriptor(nb::module_& module);
void bind_mesh(nb::module_& module);         // meshes; merging and hashing of descriptors
void bind_launch(nb::module_& module);       // generic_op, recording, compiler, faults
void bind_execution(nb::module_& module);    // programs that were described in another process

}  // namespace op_emulator::bindings

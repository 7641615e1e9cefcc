// Names of Metal 2.0 kernels as plain data, with the fields of kernel_names.py.
#pragma once
#include "bindings.hpp"
#include "node.hpp"
#include "program_image.hpp"

namespace op_emulator::bindings {

nb::dict names_record(const KernelNames& names);
KernelNames names_from(const Node& node);

}  // namespace op_emulator::bindings

#pragma once

#include "ttnn-nanobind/nanobind_fwd.hpp"

namespace ttnn::operations::eltwise::multiply_add {

namespace nb = nanobind;
void bind_multiply_add_operation(nb::module_& mod);

}  // namespace ttnn::operations::eltwise::multiply_add

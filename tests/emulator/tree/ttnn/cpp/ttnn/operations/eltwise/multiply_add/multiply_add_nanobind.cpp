#include "multiply_add_nanobind.hpp"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>

#include "multiply_add.hpp"
#include "ttnn-nanobind/bind_function.hpp"

namespace ttnn::operations::eltwise::multiply_add {

void bind_multiply_add_operation(nb::module_& mod) {
    ttnn::bind_function<"multiply_add">(
        mod,
        "a * b + c, element by element.",
        &ttnn::multiply_add,
        nb::arg("a"),
        nb::arg("b"),
        nb::arg("c"),
        nb::kw_only(),
        nb::arg("memory_config") = nb::none());
}

}  // namespace ttnn::operations::eltwise::multiply_add

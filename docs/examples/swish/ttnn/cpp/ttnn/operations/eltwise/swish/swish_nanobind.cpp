// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include "swish_nanobind.hpp"

#include <optional>

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>

#include "swish.hpp"
#include "ttnn-nanobind/bind_function.hpp"

namespace ttnn::operations::eltwise::swish {

void bind_swish_operation(nb::module_& mod) {
    const auto* doc = R"doc(
        Computes ``x * sigmoid(beta * x)`` for each element of x.

        .. code-block:: python

            output = x * sigmoid(beta * x)

        Args:
            x (ttnn.Tensor): Input on device, bfloat16 or float32, TILE layout, rank 2 to 4, interleaved memory.
            beta (float, optional): Slope of the sigmoid; 0 gives x / 2, large values approach relu. Defaults to 1.0.

        Keyword Args:
            memory_config (ttnn.MemoryConfig, optional): Interleaved memory of the output. Defaults to that of x.

        Returns:
            ttnn.Tensor: a tensor of the shape of x, the dtype of x, TILE layout.

        Supported dtypes and layouts:

            .. list-table::
                :header-rows: 1

                * - Input
                  - Dtypes
                  - Layout
                  - Rank
                * - x
                  - BFLOAT16, FLOAT32
                  - TILE
                  - 2 to 4

        Memory Support:
            - Interleaved: DRAM and L1

        Example:
            >>> x = ttnn.from_torch(torch.rand([1, 1, 32, 32]).to(torch.bfloat16), layout=ttnn.TILE_LAYOUT, device=device)
            >>> output = ttnn.swish(x, beta=1.0)
    )doc";

    ttnn::bind_function<"swish">(
        mod,
        doc,
        &ttnn::swish,
        nb::arg("x").noconvert(),
        nb::arg("beta") = 1.0f,
        nb::kw_only(),
        nb::arg("memory_config") = nb::none());
}

}  // namespace ttnn::operations::eltwise::swish

# SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC

# SPDX-License-Identifier: Apache-2.0

import pytest
import torch

import ttnn

from tests.ttnn.utils_for_testing import assert_with_pcc


def torch_swish(x, beta):
    return x * torch.sigmoid(beta * x)


def random_tensor(shape, dtype, low, high):
    return (torch.rand(shape, dtype=torch.float32) * (high - low) + low).to(dtype)


SHAPES = [
    [1, 1, 32, 32],
    [1, 1, 64, 96],
    [2, 3, 128, 64],
    [1, 1, 320, 32],
    [1, 1, 50, 70],
]
LIMITS = {
    ttnn.bfloat16: (0.999, 0.02),
    ttnn.float32: (0.99999, 0.0001),
}
PARAMETERS = {"beta": 1.0}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("x_dtype", [torch.bfloat16, torch.float32])
def test_swish(device, shape, x_dtype):
    torch.manual_seed(0)
    x = random_tensor(shape, x_dtype, -4, 4)
    expected = torch_swish(x.float(), **PARAMETERS)

    output = ttnn.swish(
        ttnn.from_torch(x, layout=ttnn.TILE_LAYOUT, device=device),
        **PARAMETERS,
    )

    assert list(output.shape) == list(shape)
    assert output.layout == ttnn.TILE_LAYOUT
    actual = ttnn.to_torch(output).float()
    pcc, relative_error = LIMITS[output.dtype]
    assert_with_pcc(expected, actual, pcc)
    # The correlation does not see a wrong scale.
    assert torch.linalg.vector_norm(actual - expected) < relative_error * torch.linalg.vector_norm(expected)


@pytest.mark.parametrize("memory_config", [ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG])
def test_swish_memory_config(device, memory_config):
    shape = SHAPES[0]
    x = random_tensor(shape, torch.bfloat16, -4, 4)
    output = ttnn.swish(
        ttnn.from_torch(x, layout=ttnn.TILE_LAYOUT, device=device),
        **PARAMETERS,
        memory_config=memory_config,
    )
    assert output.memory_config() == memory_config


def test_swish_refuses_row_major(device, expect_error):
    x = random_tensor(SHAPES[0], torch.bfloat16, -4, 4)
    with expect_error(RuntimeError, "must have layout TILE"):
        ttnn.swish(
            ttnn.from_torch(x, layout=ttnn.ROW_MAJOR_LAYOUT, device=device),
            **PARAMETERS,
        )

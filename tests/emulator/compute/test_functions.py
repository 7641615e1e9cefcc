"""Every function of the vector unit against NumPy in float64, in a 32-bit and in a 16-bit DST."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Reference = Callable[..., Any]  # float64 arrays in, one out
UNARY_HEADERS = (
    "common", "tile_move_copy", "compute_kernel_api", "logsigmoid",
    *(
        f"eltwise_unary/{name}"
        for name in (
            "activations", "binop_with_scalar", "cbrt", "clamp", "comp", "elu", "erf_erfc", "erfinv", "exp", "fill", "fmod",
            "gelu", "hardmish", "hardtanh", "i0", "i1", "identity", "isinf_isnan", "log1p", "logical_not", "mish",
            "negative", "prelu", "rdiv", "recip", "relu", "remainder", "rounding", "rpow", "rsqrt", "rsub", "selu",
            "softplus", "sqrt", "tanh_derivative", "tanhshrink", "threshold", "trigonometry", "typecast", "xielu",
            "addcdiv", "addcmul", "lerp", "mac", "where",
        )
    ),
    "add_int_sfpu", "atan2", "binary_comp", "binary_fmod", "binary_max_min", "binary_remainder", "copy_dest_values",
    "eltwise_binary_sfpu", "logaddexp", "logaddexp2", "mask", "mul_int_sfpu", "sub_int_sfpu", "xlogy",
)


def bits(value: float) -> str:
    return f"{int(np.float32(value).view(np.uint32))}u"


def each(function: Callable[[float], float]) -> Reference:
    return lambda x: np.array([function(float(v)) for v in x])


def sigmoid(x: np.ndarray) -> Any:
    return 1 / (1 + np.exp(-x))


def softplus(x: np.ndarray) -> Any:
    return np.logaddexp(0, x)


def cdf(x: np.ndarray) -> Any:
    return 0.5 * each(math.erfc)(-x / math.sqrt(2))


def bessel_1(x: np.ndarray) -> Any:
    return sum((x / 2) ** (2 * k + 1) / (math.factorial(k) * math.factorial(k + 1)) for k in range(60))


WIDE, POSITIVE, UNIT, ABOVE_ONE = (-20.0, 20.0), (1e-3, 50.0), (-0.999, 0.999), (1.0, 50.0)
F32 = np.float32
# name: operation, init, domain, reference, exact store: "nearest" or "truncate" (16-bit DST)
FUNCTIONS: dict[str, tuple[str, str, tuple[float, float], Reference, str]] = {
    "exp": ("exp_tile(0)", "exp_tile_init()", WIDE, np.exp, "nearest"),
    "exp_scaled": (
        "exp_tile<false, true>(0, VectorMode::RC, 0x3F00)", "exp_tile_init()", WIDE, lambda x: np.exp(x / 2), "nearest"),
    "exp_approx": (
        "exp_tile<true>(0)", f"exp_tile_init<true, {bits(0.5)}>()", WIDE, lambda x: np.exp(x / 2), "nearest"),
    "exp2": ("exp2_tile(0)", "exp2_tile_init()", WIDE, np.exp2, "nearest"),
    "expm1": ("expm1_tile(0)", "expm1_tile_init()", WIDE, np.expm1, "nearest"),
    "log": ("log_tile(0)", "log_tile_init()", POSITIVE, np.log, "nearest"),
    "log2": (f"log_with_base_tile(0, {bits(1 / math.log(2))})", "log_with_base_tile_init()", POSITIVE, np.log2, "nearest"),
    "log10": (
        f"log_with_base_tile(0, {bits(1 / math.log(10))})", "log_with_base_tile_init()", POSITIVE, np.log10, "nearest"),
    "log1p": ("log1p_tile(0)", "log1p_tile_init()", (-0.99, 50.0), np.log1p, "nearest"),
    "sqrt": ("sqrt_tile(0)", "sqrt_tile_init()", POSITIVE, np.sqrt, "nearest"),
    "rsqrt": ("rsqrt_tile(0)", "rsqrt_tile_init()", POSITIVE, lambda x: 1 / np.sqrt(x), "nearest"),
    "recip": ("recip_tile(0)", "recip_tile_init()", POSITIVE, lambda x: 1 / x, "nearest"),
    "cbrt": ("cbrt_tile(0)", "cbrt_tile_init()", WIDE, np.cbrt, "nearest"),
    "abs": ("abs_tile(0)", "abs_tile_init()", WIDE, np.abs, "exact"),
    "sign": ("sign_tile(0)", "sign_tile_init()", WIDE, np.sign, "exact"),
    "signbit": ("signbit_tile(0)", "signbit_tile_init()", WIDE, np.signbit, "exact"),
    "negative": ("negative_tile(0)", "negative_tile_init()", WIDE, np.negative, "exact"),
    "square": ("square_tile(0)", "square_tile_init()", WIDE, np.square, "nearest"),
    "power": (f"power_tile(0, {bits(1.7)})", "power_tile_init()", POSITIVE, lambda x: x ** float(F32(1.7)), "nearest"),
    "power_iterative": ("power_iterative_tile(0, 3)", "power_iterative_tile_init()", WIDE, lambda x: x**3, "truncate"),
    "rpow": (f"rpow_tile(0, {bits(2.5)})", "rpow_tile_init()", WIDE, lambda x: 2.5**x, "nearest"),
    "floor": ("floor_tile(0)", "rounding_op_tile_init()", WIDE, np.floor, "exact"),
    "ceil": ("ceil_tile(0)", "rounding_op_tile_init()", WIDE, np.ceil, "exact"),
    "trunc": ("trunc_tile(0)", "rounding_op_tile_init()", WIDE, np.trunc, "exact"),
    "round": ("round_tile(0, 0)", "rounding_op_tile_init()", WIDE, np.round, "exact"),
    "round_ties": ("round_tile(0, 0)", "rounding_op_tile_init()", (-4.0, 4.0), np.round, "exact"),
    "frac": ("frac_tile(0)", "rounding_op_tile_init()", WIDE, lambda x: x - np.trunc(x), "exact"),
    "sin": ("sin_tile(0)", "sin_tile_init()", WIDE, np.sin, "nearest"),
    "cos": ("cos_tile(0)", "cos_tile_init()", WIDE, np.cos, "nearest"),
    "tan": ("tan_tile(0)", "tan_tile_init()", (-1.4, 1.4), np.tan, "nearest"),
    "asin": ("asin_tile(0)", "asin_tile_init()", UNIT, np.arcsin, "nearest"),
    "acos": ("acos_tile(0)", "acos_tile_init()", UNIT, np.arccos, "nearest"),
    "atan": ("atan_tile(0)", "atan_tile_init()", WIDE, np.arctan, "nearest"),
    "sinh": ("sinh_tile(0)", "sinh_tile_init()", WIDE, np.sinh, "nearest"),
    "cosh": ("cosh_tile(0)", "cosh_tile_init()", WIDE, np.cosh, "nearest"),
    "tanh": ("tanh_tile(0)", "tanh_tile_init()", WIDE, np.tanh, "nearest"),
    "asinh": ("asinh_tile(0)", "asinh_tile_init()", WIDE, np.arcsinh, "nearest"),
    "acosh": ("acosh_tile(0)", "acosh_tile_init()", ABOVE_ONE, np.arccosh, "nearest"),
    "atanh": ("atanh_tile(0)", "atanh_tile_init()", UNIT, np.arctanh, "nearest"),
    "erf": ("erf_tile(0)", "erf_tile_init()", (-4.0, 4.0), each(math.erf), "truncate"),
    "erfc": ("erfc_tile(0)", "erfc_tile_init()", (-4.0, 4.0), each(math.erfc), "truncate"),
    "i0": ("i0_tile(0)", "i0_tile_init()", WIDE, np.i0, "truncate"),
    "i1": ("i1_tile(0)", "i1_tile_init()", WIDE, bessel_1, "nearest"),
    "sigmoid": ("sigmoid_tile(0)", "sigmoid_tile_init()", WIDE, sigmoid, "nearest"),
    "silu": ("silu_tile(0)", "silu_tile_init()", WIDE, lambda x: x * sigmoid(x), "nearest"),
    "gelu": ("gelu_tile(0)", "gelu_tile_init()", (-5.0, 20.0), lambda x: x * cdf(x), "nearest"),
    "gelu_tanh": (
        "gelu_tanh_tile(0)", "gelu_tanh_tile_init()", (-3.0, 20.0),
        lambda x: 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))), "nearest"),
    "gelu_derivative": (
        "gelu_derivative_tile(0)", "gelu_derivative_tile_init()", (0.0, 20.0),
        lambda x: cdf(x) + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi), "nearest"),
    "mish": ("mish_tile<false>(0)", "mish_tile_init<false>()", WIDE, lambda x: x * np.tanh(softplus(x)), "nearest"),
    "tanhshrink": ("tanhshrink_tile(0)", "tanhshrink_tile_init()", (0.5, 20.0), lambda x: x - np.tanh(x), "nearest"),
    "tanh_derivative": (
        "tanh_derivative_tile(0)", "tanh_derivative_tile_init()", (-9.0, 9.0), lambda x: 1 / np.cosh(x) ** 2, "nearest"),
    "relu": ("relu_tile(0)", "relu_tile_init()", WIDE, lambda x: np.maximum(x, 0), "exact"),
    "relu_min": (f"relu_min_tile(0, {bits(2.0)})", "relu_min_tile_init()", WIDE, lambda x: np.maximum(x, 2), "exact"),
    "relu_max": (f"relu_max_tile(0, {bits(6.0)})", "relu_max_tile_init()", WIDE, lambda x: np.clip(x, 0, 6), "exact"),
    "leaky_relu": (
        f"leaky_relu_tile(0, {bits(0.125)})", "leaky_relu_tile_init()", WIDE, lambda x: np.where(x < 0, x / 8, x), "exact"),
    "prelu": (f"prelu_tile(0, {bits(0.25)})", "prelu_tile_init()", WIDE, lambda x: np.where(x < 0, x / 4, x), "exact"),
    "elu": (
        f"elu_tile(0, {bits(1.5)})", "elu_tile_init()", WIDE, lambda x: np.where(x < 0, 1.5 * np.expm1(x), x), "nearest"),
    "selu": (
        f"selu_tile(0, {bits(1.25)}, {bits(1.5)})", "selu_tile_init()", WIDE,
        lambda x: 1.25 * np.where(x < 0, 1.5 * np.expm1(x), x), "nearest"),
    "celu": (
        f"celu_tile(0, {bits(2.0)}, {bits(0.5)})", "celu_tile_init()", WIDE,
        lambda x: np.where(x < 0, 2 * np.expm1(x / 2), x), "nearest"),
    "softplus": (
        f"softplus_tile(0, {bits(2.0)}, {bits(0.5)}, {bits(20.0)})", "softplus_tile_init()", WIDE,
        lambda x: np.where(2 * x > 20, x, softplus(2 * x) / 2), "nearest"),
    "softsign": ("softsign_tile(0)", "softsign_tile_init()", WIDE, lambda x: x / (1 + np.abs(x)), "truncate"),
    "hardsigmoid": ("hardsigmoid_tile(0)", "hardsigmoid_tile_init()", WIDE, lambda x: np.clip(x / 6 + 0.5, 0, 1), "truncate"),
    "hardmish": ("hardmish_tile(0)", "hardmish_tile_init()", WIDE, lambda x: x * np.clip(x / 2 + 1, 0, 1), "truncate"),
    "hardtanh": (
        f"hardtanh_tile(0, {bits(-2.0)}, {bits(3.0)})", "hardtanh_tile_init()", WIDE, lambda x: np.clip(x, -2, 3), "exact"),
    "clamp": (f"clamp_tile(0, {bits(-1.5)}, {bits(4.0)})", "clamp_tile_init()", WIDE, lambda x: np.clip(x, -1.5, 4), "exact"),
    "threshold": (
        f"threshold_tile(0, {bits(1.0)}, {bits(7.0)})", "threshold_tile_init()", WIDE, lambda x: np.where(x <= 1, 7, x), "exact"),
    "softshrink": (
        f"softshrink_tile(0, {bits(1.0)})", "softshrink_tile_init()", WIDE, lambda x: x - np.clip(x, -1, 1), "truncate"),
    "hardshrink": (
        f"hardshrink_tile(0, {bits(1.0)})", "hardshrink_tile_init()", WIDE, lambda x: np.where(np.abs(x) <= 1, 0, x), "exact"),
    "heaviside": (
        f"heaviside_tile(0, {bits(0.5)})", "heaviside_tile_init()", WIDE, lambda x: np.heaviside(x, 0.5), "exact"),
    "xielu": (
        f"xielu_tile(0, {bits(0.75)}, {bits(1.25)})", "xielu_tile_init()", WIDE,
        lambda x: np.where(x > 0, 0.75 * x * x + x / 2, 1.25 * (np.expm1(np.minimum(x, -1e-6)) - x) + x / 2), "nearest"),
    "add_unary": (f"add_unary_tile(0, {bits(3.0)})", "binop_with_scalar_tile_init()", POSITIVE, lambda x: x + 3, "truncate"),
    "sub_unary": (f"sub_unary_tile(0, {bits(-3.0)})", "binop_with_scalar_tile_init()", POSITIVE, lambda x: x + 3, "truncate"),
    "mul_unary": (f"mul_unary_tile(0, {bits(3.0)})", "binop_with_scalar_tile_init()", WIDE, lambda x: x * 3, "truncate"),
    "div_unary_takes_reciprocal": (
        f"div_unary_tile(0, {bits(0.25)})", "binop_with_scalar_tile_init()", WIDE, lambda x: x / 4, "exact"),
    "rsub_unary": (f"rsub_unary_tile(0, {bits(-3.0)})", "binop_with_scalar_tile_init()", POSITIVE, lambda x: -3 - x, "nearest"),
    "rsub": (f"rsub_tile(0, {bits(-3.0)})", "rsub_tile_init()", POSITIVE, lambda x: -3 - x, "nearest"),
    "rdiv": (f"rdiv_tile(0, {bits(3.0)})", "rdiv_tile_init()", POSITIVE, lambda x: 3 / x, "truncate"),
    "rdiv_floor": (
        f"rdiv_tile<RoundingMode::Floor>(0, {bits(60.0)})", "rdiv_tile_init()", (1.0, 9.0), lambda x: np.floor(60 / x), "exact"),
    "fmod": ("fmod_tile(0)", f"fmod_tile_init({bits(2.5)}, {bits(0.4)})", WIDE, lambda x: np.fmod(x, 2.5), "exact"),
    "remainder": (
        "remainder_tile(0)", f"remainder_tile_init({bits(2.5)}, {bits(0.4)})", (0.0, 20.0), lambda x: np.mod(x, 2.5), "exact"),
    "isfinite": ("isfinite_tile(0)", "isfinite_tile_init()", WIDE, np.isfinite, "exact"),
    "logical_not": (
        "logical_not_tile<DataFormat::Float16_b>(0)", "logical_not_tile_init()", WIDE, lambda x: x == 0, "exact"),
    "identity": ("identity_tile(0)", "identity_tile_init()", WIDE, lambda x: x, "exact"),
    **{
        f"{name}z": (f"{name}z_tile(0)", f"{name}z_tile_init()", WIDE, lambda x, f=function: f(x, 0), "exact")
        for name, function in (
            ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("gt", np.greater), ("le", np.less_equal),
            ("ge", np.greater_equal))
    },
    **{
        f"unary_{name}": (
            f"unary_{name}_tile(0, {bits(2.0)})", f"unary_{name}_tile_init()", WIDE, lambda x, f=function: f(x, 2), "exact")
        for name, function in (
            ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("gt", np.greater), ("le", np.less_equal),
            ("ge", np.greater_equal), ("max", np.maximum), ("min", np.minimum))
    },
}
BINARY: dict[str, tuple[str, Reference, str]] = {
    "add_binary": ("add_binary", np.add, "truncate"),
    "sub_binary": ("sub_binary", np.subtract, "cancels"),
    "rsub_binary": ("rsub_binary", lambda a, b: b - a, "cancels"),
    "mul_binary": ("mul_binary", np.multiply, "nearest"),
    "div_binary": ("div_binary", np.divide, "nearest"),
    "power_binary": ("power_binary", np.power, "nearest"),
    "binary_max": ("binary_max", np.maximum, "exact"),
    "binary_min": ("binary_min", np.minimum, "exact"),
    "atan2": ("atan2_binary", np.arctan2, "nearest"),
    "logaddexp": ("logaddexp_binary", np.logaddexp, "nearest"),
    "logaddexp2": ("logaddexp2_binary", np.logaddexp2, "nearest"),
    "xlogy": ("xlogy_binary", lambda a, b: a * np.log(b), "truncate"),
    "fmod_binary": ("fmod_binary", np.fmod, "exact"),
    "remainder_binary": ("remainder_binary", np.mod, "exact"),
    **{
        f"{name}_binary": (f"{name}_binary", function, "exact")
        for name, function in (
            ("eq", np.equal), ("ne", np.not_equal), ("lt", np.less), ("gt", np.greater), ("le", np.less_equal),
            ("ge", np.greater_equal))
    },
}
TERNARY: dict[str, tuple[str, str, Reference]] = {
    "where": ("where_tile<DataFormat::Float32>(0, 1, 2, 3)", "where_tile_init()", lambda *tiles: np.where(tiles[0] != 0, *tiles[1:])),
    "lerp": ("lerp_tile<DataFormat::Float32>(0, 1, 2, 3)", "lerp_tile_init()", lambda a, b, c: a + c * (b - a)),
    "mac": ("mac_tile<DataFormat::Float32>(0, 1, 2, 3)", "mac_tile_init<DataFormat::Float32>()", lambda a, b, c: a * b + c),
    "addcmul": (
        f"addcmul_tile<DataFormat::Float32>(0, 1, 2, 3, {bits(0.5)})", "addcmul_tile_init()",
        lambda a, b, c: a + 0.5 * b * c),
    "addcdiv": (
        f"addcdiv_tile<DataFormat::Float32>(0, 1, 2, 3, {bits(0.5)})", "addcdiv_tile_init()",
        lambda a, b, c: a + 0.5 * b / c),
}


def kernel(init: str, operation: str, inputs: int, result: int) -> str:
    copies = "".join(f"copy_tile(0, {i}, {i});" for i in range(inputs))
    return (
        f"compute_kernel_hw_startup(0, 16); copy_init(0); {init}; tile_regs_acquire(); {copies} {operation};"
        f" tile_regs_commit(); tile_regs_wait(); pack_tile({result}, 16); tile_regs_release();"
    )


KERNELS = {
    **{name: kernel(row[1], row[0], 1, 0) for name, row in FUNCTIONS.items()},
    **{
        name: kernel(f"{row[0]}_tile_init()", f"{row[0]}_tile(0, 1, 2)", 2, 2) for name, row in BINARY.items()
    },
    **{name: kernel(row[1], row[0], 3, 3) for name, row in TERNARY.items()},
    "erfinv": kernel("erfinv_tile_init()", "erfinv_tile(0)", 1, 0),
    "logsigmoid": kernel("logsigmoid_tile_init()", "logsigmoid_tile(0, 1, 2)", 2, 2),
    **{
        f"special_{name}": kernel(f"{name}_tile_init()", f"{name}_tile(0)", 1, 0)
        for name in ("isinf", "isposinf", "isneginf", "isnan", "isfinite")
    },
    "mask": kernel("mask_tile_init()", "mask_tile(0, 1)", 2, 0),
    "mask_posinf": kernel("mask_tile_init()", "mask_posinf_tile(0, 1)", 2, 0),
    "fill": kernel("fill_tile_init()", "fill_tile(0, 0.1f)", 0, 0),
    "fill_bitcast": kernel("fill_tile_init()", f"fill_tile_bitcast(0, {bits(2.5)})", 0, 0),
    "copy_values": kernel("copy_dest_values_init()", "copy_dest_values<DataFormat::Float32>(0, 3)", 1, 3),
    "vector_mode_row": kernel("recip_tile_init()", "recip_tile(0, VectorMode::R)", 1, 0),
    "vector_mode_column": kernel("recip_tile_init()", "recip_tile(0, VectorMode::C)", 1, 0),
    "add_nearest": kernel("add_binary_tile_init()", "add_binary_tile<DstRoundingMode::NearestEven>(0, 1, 2)", 2, 2),
}


@pytest.fixture(scope="session")
def driver(make_driver: Any) -> Any:
    return make_driver(KERNELS, UNARY_HEADERS)


def samples(domain: tuple[float, float], seed: str) -> np.ndarray:
    """Random values, the ends, and multiples of 0.5 with zero among them."""
    low, high = domain
    values = np.random.default_rng(len(seed)).uniform(low, high, 1024)
    halves = np.arange(-20, 21) / 2
    halves = halves[(halves >= low) & (halves <= high)]
    values[: len(halves)] = halves
    values[-2:] = domain
    return values.astype(np.float32)


def run(driver: Any, name: str, tiles: list[np.ndarray], folder: Path, dtype: str) -> Any:
    options = ("fp32", "unpack_fp32") if dtype == "float32" else ()
    data = driver.encode(np.concatenate(tiles) if tiles else np.zeros(1024), dtype)
    done = driver.run(name, *options, inputs={0: (dtype, data)}, outputs={16: (dtype, 1)}, folder=folder)
    assert not done.fault, (done.fault, done.message)
    return driver.decode(done.outputs[16], dtype)


def relative(result: np.ndarray, expected: np.ndarray, floor: float = 2.0**-126) -> Any:
    """Error in units of the expected value, or of `floor` where that is larger."""
    return np.abs(result - expected) / np.maximum(np.abs(expected), floor)


CANCELLING = {"hardsigmoid": 0.25, "lerp": 1.0}  # a difference of fp32 values: accurate to its operands


BOUND_BFLOAT16 = {"nearest": 2.0**-8, "truncate": 2.0**-7, "exact": 0.0}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_in_fp32(driver: Any, name: str, tmp_path: Path) -> None:
    domain, reference = FUNCTIONS[name][2:4]
    x = samples(domain, name)
    with np.errstate(all="ignore"):
        expected = reference(x.astype(np.float64)).astype(np.float64)
    result = run(driver, name, [x], tmp_path, "float32")
    assert relative(result, expected, CANCELLING.get(name, 2.0**-126)).max() <= 2.0**-21


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_in_bfloat16(driver: Any, name: str, tmp_path: Path) -> None:
    domain, reference, store = FUNCTIONS[name][2:5]
    x = driver.decode(driver.encode(samples(domain, name), "bfloat16"), "bfloat16")
    x = np.clip(x, *(driver.decode(driver.encode(np.array(domain), "bfloat16"), "bfloat16")))
    with np.errstate(all="ignore"):
        expected = reference(x.astype(np.float64)).astype(np.float64)
    expected[~np.isfinite(expected)] = 0  # the rounded ends of an open domain
    result = run(driver, name, [x], tmp_path, "bfloat16")
    result = np.where(np.isfinite(result), result, 0)
    assert relative(result, expected)[:-2].max() <= BOUND_BFLOAT16[store] * (1 + 2.0**-10)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", BINARY)
def test_two_operands(driver: Any, name: str, dtype: str, tmp_path: Path) -> None:
    _, reference, store = BINARY[name]
    rng = np.random.default_rng(5)
    a, b = (driver.decode(driver.encode(rng.uniform(0.5, 4, 1024), dtype), dtype) for _ in range(2))
    b = np.where(np.arange(1024) % 7 == 0, a, b)
    expected = reference(a.astype(np.float64), b.astype(np.float64)).astype(np.float64)
    result = run(driver, name, [a, b], tmp_path, dtype)
    bound = 2.0**-21 if dtype == "float32" else BOUND_BFLOAT16.get(store, 2.0**-7) * (1 + 2.0**-10)
    error = relative(result, expected)
    if name in {"remainder_binary", "fmod_binary"}:
        error = np.abs(result - expected) / b
        bound = 2.0**-8 if dtype == "bfloat16" else 2.0**-21
    assert error.max() <= bound


@pytest.mark.parametrize("name", TERNARY)
def test_three_operands(driver: Any, name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    tiles = [rng.uniform(0.5, 4, 1024).astype(np.float32) for _ in range(3)]
    tiles[0][::5] = 0
    expected = TERNARY[name][2](*(tile.astype(np.float64) for tile in tiles))
    result = run(driver, name, tiles, tmp_path, "float32")
    assert relative(result, expected, CANCELLING.get(name, 2.0**-126)).max() <= 2.0**-20


def test_erfinv_inverts_erf(driver: Any, tmp_path: Path) -> None:
    y = np.concatenate([np.linspace(-0.9999, 0.9999, 1022), [-1.0, 1.0]]).astype(np.float32)
    x = run(driver, "erfinv", [y], tmp_path, "float32")
    assert list(x[-2:]) == [-np.inf, np.inf]
    assert np.abs(each(math.erf)(x[:-2]) - y[:-2]).max() <= 2.0**-23


def test_logsigmoid(driver: Any, tmp_path: Path) -> None:
    x = np.linspace(-20, 20, 1024).astype(np.float32)
    result = run(driver, "logsigmoid", [x, np.exp(-x)], tmp_path, "float32")
    assert relative(result, -softplus(-x.astype(np.float64))).max() <= 2.0**-21


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("isinf", [1, 1, 0, 0, 0]), ("isposinf", [1, 0, 0, 0, 0]), ("isneginf", [0, 1, 0, 0, 0]),
        ("isnan", [0, 0, 1, 0, 0]), ("isfinite", [0, 0, 0, 1, 1]),
    ],
)
def test_special_values(driver: Any, name: str, expected: list[int], tmp_path: Path) -> None:
    x = np.resize(np.array([np.inf, -np.inf, np.nan, 0, 1.5], np.float32), 1024)
    assert list(run(driver, f"special_{name}", [x], tmp_path, "float32")[:5]) == expected


@pytest.mark.parametrize(("name", "masked"), [("mask", 0.0), ("mask_posinf", np.inf)])
def test_mask(driver: Any, name: str, masked: float, tmp_path: Path) -> None:
    data, mask = np.full(1024, 3, np.float32), np.resize(np.array([0, 1], np.float32), 1024)
    assert list(run(driver, name, [data, mask], tmp_path, "float32")[:4]) == [masked, 3, masked, 3]


def test_fill(driver: Any, tmp_path: Path) -> None:
    assert set(run(driver, "fill", [], tmp_path, "float32")) == {np.float32(0.1)}
    assert set(run(driver, "fill", [], tmp_path, "bfloat16")) == {0.099609375}  # SFPSTORE truncates
    assert set(run(driver, "fill_bitcast", [], tmp_path, "float32")) == {2.5}


def test_copy_of_a_dst_tile(driver: Any, tmp_path: Path) -> None:
    x = samples(WIDE, "copy")
    assert np.array_equal(run(driver, "copy_values", [x], tmp_path, "float32"), x)


@pytest.mark.parametrize(("mode", "faces"), [("row", [0, 1]), ("column", [0, 2])])
def test_vector_mode_computes_some_faces(driver: Any, mode: str, faces: list[int], tmp_path: Path) -> None:
    result = run(driver, f"vector_mode_{mode}", [np.full(1024, 4, np.float32)], tmp_path, "float32").reshape(4, 256)
    assert [set(face) for face in result] == [{0.25} if i in faces else {4.0} for i in range(4)]


def test_sum_of_two_dst_tiles_truncates_unless_told_otherwise(driver: Any, tmp_path: Path) -> None:
    a, b = np.full(1024, 256.0), np.full(1024, 1.75)
    assert run(driver, "add_binary", [a, b], tmp_path, "bfloat16")[0] == 256
    assert run(driver, "add_nearest", [a, b], tmp_path, "bfloat16")[0] == 258

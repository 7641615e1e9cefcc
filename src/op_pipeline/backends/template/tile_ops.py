"""The tile operations of the compute API that generated kernels use, one row each.

Names, headers, argument order and template parameters follow the headers under `api/compute` of ttnn 0.81.1.
Knows nothing about formulas.
"""

from __future__ import annotations

from dataclasses import dataclass

_API = "api/compute/compute_kernel_api.h"
_BINARY = "api/compute/eltwise_binary_sfpu.h"
_UNARY = "api/compute/eltwise_unary"
_SCALAR_INIT = "binop_with_scalar_tile_init()"


@dataclass(frozen=True)
class TileOp:
    """One compute API call on DST tiles.

    `operands` DST tiles are read; with one the call works in place, with more the last argument is the tile written.
    `scalars` float32 values follow as their bits. `{format}` in `call` stands for the DataFormat enumerator of DST.
    `exact` operations return an input value, a small integer or a scalar: they add no rounding of their own.
    """

    name: str
    call: str
    init: str
    header: str
    operands: int = 1
    scalars: int = 0
    exact: bool = False
    trailing: str = ""  # literal argument after the tile, when the API asks for one
    scratch: int = 0  # DST tiles beside the operands that the call needs and leaves with anything

    def needs_float32_define(self) -> bool:
        """Whether the API picks its full-precision polynomial by the define INP_FLOAT32."""
        return self.name in {"erf", "softplus"}


def _unary(name: str, header: str, *, exact: bool = False, options: str = "") -> TileOp:
    return TileOp(name, f"{name}_tile{options}", f"{name}_tile_init{options}()", header, exact=exact)


def _rounding(name: str, trailing: str = "") -> TileOp:
    header = f"{_UNARY}/rounding.h"
    return TileOp(name, f"{name}_tile", "rounding_op_tile_init()", header, exact=True, trailing=trailing)


def _with_scalar(name: str) -> TileOp:
    return TileOp(name, f"{name}_tile", _SCALAR_INIT, f"{_UNARY}/binop_with_scalar.h", scalars=1)


def _compare(name: str) -> tuple[TileOp, ...]:
    header = f"{_UNARY}/comp.h"
    return (
        TileOp(f"{name}_binary", f"{name}_binary_tile", f"{name}_binary_tile_init()", _BINARY, operands=2, exact=True),
        TileOp(f"unary_{name}", f"unary_{name}_tile", f"unary_{name}_tile_init()", header, scalars=1, exact=True),
        TileOp(f"{name}z", f"{name}z_tile", f"{name}z_tile_init()", header, exact=True),
    )


def _binary(name: str, header: str = _BINARY, *, exact: bool = False) -> TileOp:
    return TileOp(name, f"{name}_tile", f"{name}_tile_init()", header, operands=2, exact=exact)


_ROWS: tuple[TileOp, ...] = (
    *(_unary(name, _API) for name in ("sigmoid", "silu", "tanh", "square", "log", "expm1", "exp2")),
    *(_unary(name, _API, exact=True) for name in ("abs", "sign")),
    *(_unary(name, f"{_UNARY}/{name}.h") for name in ("exp", "log1p", "recip", "rsqrt", "sqrt")),
    *(
        _unary(name, f"{_UNARY}/trigonometry.h")
        for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh")
    ),
    *(_unary(name, f"{_UNARY}/{name}.h", exact=True) for name in ("negative", "relu")),
    # Both default to a fast approximation; the exact variant is asked for by name.
    _unary("erf", f"{_UNARY}/erf_erfc.h", options="<false>"),
    _unary("gelu", f"{_UNARY}/gelu.h", options="<false>"),
    _rounding("floor"),
    _rounding("ceil"),
    _rounding("round", trailing="0"),
    TileOp("softplus", "softplus_tile", "softplus_tile_init()", f"{_UNARY}/softplus.h", scalars=3),
    TileOp("power", "power_tile", "power_tile_init()", _API, scalars=1),
    TileOp("rpow", "rpow_tile", "rpow_tile_init()", f"{_UNARY}/rpow.h", scalars=1),
    TileOp("rdiv", "rdiv_tile", "rdiv_tile_init()", f"{_UNARY}/rdiv.h", scalars=1),
    TileOp("clamp", "clamp_tile", "clamp_tile_init()", f"{_UNARY}/clamp.h", scalars=2, exact=True),
    TileOp("unary_max", "unary_max_tile", "unary_max_tile_init()", _API, scalars=1, exact=True),
    TileOp("unary_min", "unary_min_tile", "unary_min_tile_init()", _API, scalars=1, exact=True),
    *(_with_scalar(name) for name in ("add_unary", "sub_unary", "mul_unary", "rsub_unary")),
    *(_binary(f"{name}_binary") for name in ("add", "sub", "mul", "div", "power")),
    *(_binary(f"binary_{name}", "api/compute/binary_max_min.h", exact=True) for name in ("max", "min")),
    *(row for name in ("lt", "le", "gt", "ge", "eq", "ne") for row in _compare(name)),
    TileOp(
        "where", "where_tile<DataFormat::{format}>", "where_tile_init()", f"{_UNARY}/where.h", operands=3, exact=True
    ),
)

# In the last tile of an extent that is no multiple of 32: what lies beyond is replaced by a value that does not count.
_MASKS = tuple(
    TileOp(
        name,
        "where_tile<DataFormat::{format}>",
        "where_tile_init()",
        f"{_UNARY}/where.h",
        scalars=1,
        exact=True,
        scratch=2,  # the mask and the value
    )
    for name in ("mask_rows", "mask_columns")
)

TILE_OPS: dict[str, TileOp] = {row.name: row for row in (*_ROWS, *_MASKS)}

FILL = TileOp("fill", "fill_tile_bitcast", "fill_tile_init()", f"{_UNARY}/fill.h", operands=0, scalars=1, exact=True)
"""Writes one value into every element of a tile."""

MOVE = TileOp(
    "move",
    "copy_dest_values<DataFormat::{format}>",
    "copy_dest_values_init()",
    "api/compute/copy_dest_values.h",
    exact=True,
)
"""Copies one DST tile to another: (from, to)."""

COMPARISONS = frozenset(row.name for name in ("lt", "le", "gt", "ge", "eq", "ne") for row in _compare(name))
"""Operations whose result is 0 or 1."""


def zero_compare(name: str) -> str:
    """Row that compares with zero: `lt` → `ltz`; the pair eq, ne has the same pattern."""
    return f"{name}z"

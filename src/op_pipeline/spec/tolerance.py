"""How near the golden an output must be: what the spec says, and what holds when it says nothing."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from op_pipeline.numerics import INTEGER_RANGE, Limits, default_limits
from op_pipeline.spec.strict import Strict

DType = Literal["bfloat16", "float32", "bfloat8_b", "bfloat4_b", "uint32", "int32", "uint16", "uint8"]
Correlation = Annotated[float, Field(ge=0.9, le=1.0)]
Error = Annotated[float, Field(gt=0.0, le=0.3)]

# The pcc that goes with a stated rel_l2 when none is stated.
_USUAL_PCC = 0.999


class DtypeTolerance(Strict):
    """Tolerance of outputs of one data type; a key that is left out is taken from the one for all, or the default."""

    pcc: Correlation | None = None
    """Least Pearson correlation with the golden."""
    rel_l2: Error | None = None
    """Greatest relative L2 error."""


class Tolerance(DtypeTolerance):
    """How near the golden is near enough. Beside `pcc` and `rel_l2` for all floats, a data type may have its own.

    Defaults: bfloat16 0.999 and 0.02; float32 0.99999 and 0.0001; integers equal; block floats, and float32 with a
    reduction or matmul, three times the error of a reference run in device precision.
    """

    bfloat16: DtypeTolerance | None = None
    """For bfloat16 outputs."""
    float32: DtypeTolerance | None = None
    """For float32 outputs."""
    bfloat8_b: DtypeTolerance | None = None
    """For bfloat8_b outputs."""
    bfloat4_b: DtypeTolerance | None = None
    """For bfloat4_b outputs."""
    uint32: DtypeTolerance | None = None
    """For uint32 outputs; without it they must be equal."""
    int32: DtypeTolerance | None = None
    """For int32 outputs; without it they must be equal."""
    uint16: DtypeTolerance | None = None
    """For uint16 outputs; without it they must be equal."""
    uint8: DtypeTolerance | None = None
    """For uint8 outputs; without it they must be equal."""

    def of(self, dtype: str) -> DtypeTolerance | None:
        """What is said of this data type by its name."""
        named = getattr(self, dtype)
        assert named is None or isinstance(named, DtypeTolerance)
        return named

    def named(self) -> tuple[str, ...]:
        """Data types that have their own."""
        return tuple(name for name in get_args(DType) if self.of(name) is not None)

    def limits(self, dtype: str, *, matrix_unit: bool) -> Limits | None:
        """The limits for an output of `dtype`; None when a reference run in the format has to tell.

        `matrix_unit`: the operation holds a sum or a matrix product, which float32 goes through with fewer bits.
        """
        default = default_limits(dtype, matrix_unit=matrix_unit)
        said: list[DtypeTolerance] = [item for item in (self.of(dtype), self) if item is not None]
        if dtype in INTEGER_RANGE:
            said = said[:-1]  # the one for all is about rounding
        pcc = next((item.pcc for item in said if item.pcc is not None), None)
        error = next((item.rel_l2 for item in said if item.rel_l2 is not None), None)
        if error is None:
            return default if pcc is None or default is None else Limits(pcc, default.rel_l2)
        usual = _USUAL_PCC if default is None else min(_USUAL_PCC, default.pcc)
        return Limits(usual if pcc is None else pcc, error)

"""The accuracy check: one verdict on two raw arrays, the same for every category of operation.

Knows nothing about devices, specs or tests: `compare` takes what an operation returned and what it should have
returned, so that a separate judge process can make the same call. docs/accuracy.md tells what each part catches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from op_pipeline.numerics.formats import SMALLEST_NORMAL, TILE, Array, round_to

# Measured on 24 operations and their wrong implementations (docs/accuracy.md): honest bf16 keeps more than 2× headroom.
# A tile or row may be this much worse than the whole tensor.
TILE_SLACK = 2.5
# Rows and tiles whose own size is far below that of the usual one are held to the usual one's scale.
SCALE_FLOOR = 0.25
# The same for the factor by which a row is too large: one element may make up all of it.
GAIN_SLACK = 1.5
# Share of the relative L2 limit that may be rounding, uncorrelated with the values.
NOISE = 0.25
# Elements beyond this are near the format's end: each is judged by itself, or one of them would hide all the others.
FAR = 2.0**96


def pcc(actual: Array, expected: Array) -> float:
    """Pearson correlation of all elements. Where either side is constant: 1.0 if they are equal, else 0.0."""
    left = np.asarray(actual, dtype=np.float64).ravel()
    right = np.asarray(expected, dtype=np.float64).ravel()
    if left.size == 0 or np.array_equal(left, right):
        return 1.0
    left = left - left.mean()
    right = right - right.mean()
    scale = np.linalg.norm(left) * np.linalg.norm(right)
    return float(left @ right / scale) if scale > 0 else 0.0


def rel_l2(actual: Array, expected: Array) -> float:
    """‖actual - expected‖ / ‖expected‖; infinite where the expected is zero and the actual is not."""
    wanted = np.asarray(expected, dtype=np.float64)
    error = float(np.linalg.norm(np.asarray(actual, dtype=np.float64) - wanted))
    size = float(np.linalg.norm(wanted))
    return error / size if size > 0 else (0.0 if error == 0 else float("inf"))


@dataclass(frozen=True)
class Comparison:
    """Verdict with its figures. `kind` is empty when ok, else shape_mismatch, nan_or_inf or numerical_mismatch.

    `parts` names what refused, in the order of `reasons`: shape, non-finite, exact, pcc, rel L2, tile, row bias, far.
    """

    kind: str
    reasons: tuple[str, ...]
    pcc: float = 0.0
    rel_l2: float = float("inf")
    tile_rel_l2: float = 0.0
    tile: str = ""
    row_bias: float = 0.0
    row: str = ""
    parts: tuple[str, ...] = ()
    row_scale: float = 0.0

    def __bool__(self) -> bool:
        return not self.kind

    def __str__(self) -> str:
        return "; ".join(self.reasons) or f"pcc {self.pcc:.6f}, relative L2 {self.rel_l2:.2e}"

    @property
    def figures(self) -> dict[str, float]:
        """The numbers, for logs."""
        return {
            "pcc": self.pcc,
            "rel_l2": self.rel_l2,
            "tile_rel_l2": self.tile_rel_l2,
            "row_bias": self.row_bias,
            "row_scale": self.row_scale,
        }

    def needed(self) -> float:
        """The relative L2 limit that this result would just have passed, tile and row counted."""
        return max(self.rel_l2, self.tile_rel_l2 / TILE_SLACK, abs(self.row_bias), self.row_scale / GAIN_SLACK)


def compare(
    actual: Array, expected: Array, *, pcc_limit: float, rel_l2_limit: float, dtype: str = "bfloat16"
) -> Comparison:
    """Judge `actual` (as the tensor held it) against `expected` (float64, not rounded), same shape.

    All of these must hold: the non-finite elements are the same and of the same sign; pcc ≥ its limit; relative L2
    < its limit; no tile's relative L2 beyond TILE_SLACK × the limit; no row's signed mean error beyond the limit, nor
    its scale off by GAIN_SLACK × the limit; each element beyond FAR within TILE_SLACK × the limit of itself. With a
    limit of 0 every element must be equal.
    """
    got = np.asarray(actual, dtype=np.float64)
    want = np.asarray(expected, dtype=np.float64)
    if got.shape != want.shape:
        return Comparison("shape_mismatch", (f"shape {got.shape}, expected {want.shape}",), parts=("shape",))
    rounded = np.asarray(round_to(want, dtype), dtype=np.float64)
    stray = _non_finite(got, rounded)
    if stray:
        return Comparison("nan_or_inf", (stray,), parts=("non-finite",))
    finite = np.isfinite(rounded)
    if rel_l2_limit == 0:
        return _equal(got, np.where(finite, rounded, got))
    got = _flushed(np.where(finite, got, 0.0))
    want = _flushed(np.where(finite, want, 0.0))
    near = np.abs(want) < FAR
    far = _far(got[~near], want[~near], TILE_SLACK * rel_l2_limit)
    got, want = np.where(near, got, 0.0), np.where(near, want, 0.0)
    measured = _correlation(got, want, rel_l2_limit), rel_l2(got, want)
    tile_error, tile = _worst_tile(got, want)
    bias, row = _worst_row(got, want)
    allowed = _least_pcc(want, pcc_limit, rel_l2_limit)
    gain, gain_row = _worst_gain(got, want)
    found = _refusals(measured, (tile_error, tile), (bias, row), (allowed, rel_l2_limit))
    if not gain < GAIN_SLACK * rel_l2_limit:
        found.setdefault("row bias", f"row {gain_row} is scaled wrongly by {gain:.4g}")
    parts, reasons = (*found, *far), (*found.values(), *far.values())
    if found:
        reasons = (*reasons, _first_difference(got, want, rel_l2_limit))
    if dtype == "float32" and rel_l2_limit < 4e-4 <= measured[1] < 2e-3:
        reasons = (*reasons, "float32 loses this much in one pass through a 10-bit source register of the matrix unit")
    kind = "numerical_mismatch" if parts else ""
    return Comparison(kind, reasons, *measured, tile_error, tile, bias, row, parts, gain)


def _equal(got: Array, want: Array) -> Comparison:
    figures = pcc(got, want), rel_l2(got, want)
    if np.array_equal(got, want):
        return Comparison("", (), *figures)
    return Comparison("numerical_mismatch", (_first_difference(got, want, 0.0),), *figures, parts=("exact",))


def _far(got: Array, want: Array, limit: float) -> dict[str, str]:
    error = np.abs(got / want - 1) if want.size else np.zeros(0)
    if not (error >= limit).any():
        return {}
    worst = int(np.argmax(error))
    return {"far": f"an element near the format's end is {got[worst]:.6g}, expected {want[worst]:.6g}"}


def _correlation(got: Array, want: Array, limit: float) -> float:
    """The pcc; 1.0 where the expected values differ by less than the tolerance: it would correlate rounding."""
    return 1.0 if _spread(want) <= limit else pcc(got, want)


def _least_pcc(want: Array, pcc_limit: float, rel_l2_limit: float) -> float:
    """The limit, lowered where values differ little from each other: a mean of a row rounds as much as any element."""
    spread = _spread(want)
    if spread >= SCALE_FLOOR:
        return pcc_limit
    noise = NOISE * rel_l2_limit / max(spread, rel_l2_limit)
    return min(pcc_limit, 1 - noise**2 / 2)


def _spread(want: Array) -> float:
    """Size of the differences from the mean against the size of the values; 0.0 for a constant."""
    size = float(np.linalg.norm(want)) if want.size else 0.0
    return float(np.linalg.norm(want - want.mean())) / size if size > 0 else 0.0


def _refusals(
    measured: tuple[float, float], in_tile: tuple[float, str], in_row: tuple[float, str], limits: tuple[float, float]
) -> dict[str, str]:
    """Reason by part, for the parts that refuse."""
    (correlation, error), (tile_error, tile), (bias, row), (pcc_limit, rel_l2_limit) = measured, in_tile, in_row, limits
    found: dict[str, str] = {}
    # `not >=` instead of `<`: a NaN figure is a failure.
    if not correlation >= pcc_limit:
        found["pcc"] = f"pcc {correlation:.6f} is below {pcc_limit}"
    if not error < rel_l2_limit:
        found["rel L2"] = f"relative L2 {error:.4g} is not below {rel_l2_limit}"
    if not tile_error < TILE_SLACK * rel_l2_limit:
        found["tile"] = f"tile {tile} has relative L2 {tile_error:.4g}, limit {TILE_SLACK * rel_l2_limit:g}"
    if not abs(bias) < rel_l2_limit:
        found["row bias"] = f"row {row} is off by {bias:+.4g} of its size on average, limit {rel_l2_limit}"
    return found


def _non_finite(got: Array, want: Array) -> str:
    for name, mask in (("NaN", np.isnan), ("+inf", np.isposinf), ("-inf", np.isneginf)):
        wrong = np.asarray(mask(got) != mask(want))
        if wrong.any():
            at = tuple(int(index) for index in np.argwhere(wrong)[0])
            return (
                f"{int(wrong.sum())} of {wrong.size} elements differ in being {name}; "
                f"first at {at}: got {got[at]}, expected {want[at]}"
            )
    return ""


def _flushed(array: Array) -> Array:
    return np.where(np.abs(array) < SMALLEST_NORMAL, 0.0, array)


def _matrices(array: Array) -> Array:
    """As a stack of matrices: rank 0 and 1 become one row."""
    if not array.size:
        return np.zeros((1, 1, 1))
    return array.reshape(1, 1, -1) if array.ndim < 2 else array.reshape(-1, *array.shape[-2:])


def _ratio(error: Array, size: Array) -> Array:
    """Error by size for each element, small sizes lifted to SCALE_FLOOR × the usual (median non-zero) size."""
    positive = size[size > 0]
    floor = SCALE_FLOOR * float(np.median(positive)) if positive.size else 0.0
    lifted = np.maximum(size, floor)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(error == 0, 0.0, error / lifted)


def _worst_tile(got: Array, want: Array) -> tuple[float, str]:
    error, size = (_tile_rms(_matrices(values)) for values in (got - want, want))
    ratio = _ratio(error, size)
    at = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
    return float(ratio[at]), f"(matrix {int(at[0])}, row {int(at[1])}, column {int(at[2])})"


def _tile_rms(stack: Array) -> Array:
    """Root mean square of each 32×32 tile, [matrices, tile rows, tile columns]; padding does not count."""
    rows, columns = (np.arange(0, extent, TILE) for extent in stack.shape[-2:])
    total = np.add.reduceat(np.add.reduceat(stack**2, rows, axis=1), columns, axis=2)
    extents = zip(stack.shape[-2:], (rows, columns), strict=True)
    heights, widths = (np.minimum(TILE, extent - starts) for extent, starts in extents)
    return np.sqrt(total / np.outer(heights, widths))


def _worst_row(got: Array, want: Array) -> tuple[float, str]:
    stack, wanted = _matrices(got), _matrices(want)
    mean_error = (stack - wanted).mean(axis=-1)
    size = np.sqrt((wanted**2).mean(axis=-1))
    # A mean over few elements is noise of the rounding, not a bias.
    noise = max(1.0, float(np.sqrt(TILE / stack.shape[-1])))
    ratio = _ratio(np.abs(mean_error), size) / noise
    at = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
    return float(np.copysign(ratio[at], mean_error[at])), f"(matrix {int(at[0])}, row {int(at[1])})"


def _worst_gain(got: Array, want: Array) -> tuple[float, str]:
    """How much a row is too large or too small as a whole, which rows of both signs hide from the mean error."""
    stack, wanted = _matrices(got), _matrices(want)
    size = np.sqrt((wanted**2).mean(axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.where(size > 0, np.abs(((stack - wanted) * wanted).mean(axis=-1)) / size, 0.0)
    ratio = _ratio(along, size) / max(1.0, float(np.sqrt(TILE / stack.shape[-1])))
    at = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
    return float(ratio[at]), f"(matrix {int(at[0])}, row {int(at[1])})"


def _first_difference(got: Array, want: Array, limit: float) -> str:
    error = np.abs(got - want)
    bad = error > limit * np.maximum(np.abs(want), SCALE_FLOOR * np.sqrt((want**2).mean()))
    at = tuple(int(index) for index in (np.argwhere(bad)[0] if bad.any() else np.argwhere(error == error.max())[0]))
    return f"{int(bad.sum())} of {bad.size} elements off, first at {at}: got {got[at]:.6g}, expected {want[at]:.6g}"

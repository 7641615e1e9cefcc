"""A plot of points with logarithmic axes, as SVG text."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 320, 70, 20, 40, 50
STYLE = "font-family='sans-serif' font-size='12' fill='#333'"


def plot(title: str, across: str, up: str, points: Sequence[tuple[float, float]]) -> str:
    """Points joined by a line; every point is labelled with its value. All coordinates are above zero."""
    (left, right), (low, high) = _range([x for x, _ in points]), _range([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + wide * _share(x, left, right), HEIGHT - BOTTOM - tall * _share(y, low, high)

    places = [place(x, y) for x, y in points]
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT}' viewBox='0 0 {WIDTH} {HEIGHT}'>",
        f"<rect width='{WIDTH}' height='{HEIGHT}' fill='white'/>",
        f"<text x='{LEFT}' y='22' {STYLE}>{title}: {up} against {across}</text>",
        f"<path d='M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}' fill='none' stroke='#999'/>",
        f"<polyline points='{joined}' fill='none' stroke='#2563a8' stroke-width='2'/>",
    ]
    for (x, y), (px, py) in zip(points, places, strict=True):
        lines += [
            f"<circle cx='{px:.1f}' cy='{py:.1f}' r='3.5' fill='#2563a8'/>",
            f"<text x='{px:.1f}' y='{py - 9:.1f}' text-anchor='middle' {STYLE}>{y:.3g}</text>",
            f"<text x='{px:.1f}' y='{HEIGHT - BOTTOM + 18}' text-anchor='middle' {STYLE}>{x:g}</text>",
        ]
    lines.append(f"<text x='{WIDTH - RIGHT}' y='{HEIGHT - 10}' text-anchor='end' {STYLE}>{across}</text></svg>")
    return "\n".join(lines) + "\n"


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values) / 1.3, max(values) * 1.3


def _share(value: float, low: float, high: float) -> float:
    return math.log(value / low) / math.log(high / low)

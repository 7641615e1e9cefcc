"""Amounts and times as people write them: `500k`, `2M`, `90m`, `1h30m`, `none`."""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"(?P<number>\d[\d_]*(?:\.\d+)?)(?P<unit>[kKmM]?)")
_TIME = re.compile(r"(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m)?(?:(?P<s>\d+(?:\.\d+)?)s?)?")
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def amount(value: object) -> object:
    """`"2M"` as 2000000, `"$5"` as 5, `"none"` as None; what is no text stays as it is. Raises ValueError."""
    text = _text(value)
    if text is None:
        return value
    match = _AMOUNT.fullmatch(text.removeprefix("$"))
    if text == "none":
        return None
    if match is None:
        raise ValueError(f"{text!r} is no amount: 20, 0.50, 500k, 2M or none")
    number = float(match["number"]) * _FACTORS[match["unit"].lower()]
    return int(number) if number == int(number) else number


def seconds(value: object) -> object:
    """`"1h30m"` as 5400.0, `"90"` as 90.0, `"none"` as None; what is no text stays as it is. Raises ValueError."""
    text = _text(value)
    if text is None:
        return value
    if text == "none":
        return None
    match = _TIME.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"{text!r} is no time: seconds, or 45s, 90m, 1h30m, none")
    return sum(float(match[unit]) * factor for unit, factor in _UNITS.items() if match[unit])


def written_time(value: float) -> str:
    """Seconds of a limit as people write them: `0.5s`, `20s`, `15m`, `1h30m`."""
    if value < 60:
        return f"{value:g}s"
    whole = round(value)
    parts = ((whole // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) else None

"""Write YAML that people edit: block scalars for text, one line for short lists. It reads back as what was given."""

from __future__ import annotations

import json
import re
import textwrap
from typing import Any

import yaml

from op_pipeline.yamlfile import parse_yaml

WIDTH = 118
_PLAIN = re.compile(r"^[A-Za-z0-9_./{}*()-][A-Za-z0-9 _./{}*(),'-]*$")


def entry(key: str, value: Any) -> str:
    """`key: value` as lines of a block mapping, without a newline at the end.

    Of the styles that fit the value, the most readable that reads back as exactly this value.
    """
    for text in (*_text_styles(key, value), *_flow_styles(key, value)):
        if _reads_back(text, key, value):
            return text
    quoted = yaml.safe_dump(value, default_style='"', width=10**9, allow_unicode=False, default_flow_style=True)
    return f"{key}: {quoted.strip()}"


def indented(text: str, by: str = "  ") -> str:
    """The lines of `text` moved to the right."""
    return textwrap.indent(text, by)


def _text_styles(key: str, value: Any) -> list[str]:
    if not isinstance(value, str):
        return []
    if "\n" in value:
        return [_literal(key, value)]
    styles = [f"{key}: {value}"] if _PLAIN.match(value) and len(key) + len(value) + 2 <= WIDTH else []
    if "\\n" in value:
        # As a block, or a reader could take it for the escape that some generators write for a line break.
        return [_literal(key, value)]
    if len(key) + len(value) + 4 > WIDTH and "  " not in value:
        lines = textwrap.wrap(value, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
        styles.append("\n".join([f"{key}: >-", *(f"  {line}" for line in lines)]))
    return [*styles, f"{key}: {json.dumps(value, ensure_ascii=False)}"]


def _literal(key: str, value: str) -> str:
    body = value.rstrip("\n")
    tail = len(value) - len(body)
    chomp = "-" if tail == 0 else "" if tail == 1 else "+"
    first = next((line for line in body.split("\n") if line), "")
    indent = "2" if body.startswith(("\n", " ")) or first.startswith(" ") else ""
    lines = [f"  {line}" if line else "" for line in body.split("\n")] + [""] * max(0, tail - 1)
    return "\n".join([f"{key}: |{indent}{chomp}", *lines])


def _flow_styles(key: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return []
    flow = yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=None)
    block = yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=False)
    short = len(flow) <= WIDTH and flow.count("\n") == 1
    return [flow.rstrip("\n"), block.rstrip("\n")] if short else [block.rstrip("\n")]


def _reads_back(text: str, key: str, value: Any) -> bool:
    # As part of a larger file: something follows, and strict readers see the text as it will stand there.
    read = parse_yaml(f"{text}\nlast: 1\n", "")
    return not read.problems and bool(read.data == {key: value, "last": 1}) and _types(read.data[key]) == _types(value)


def _types(value: Any) -> Any:
    """Shape of types: 1, 1.0 and True are equal in Python and not the same in YAML."""
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_types(item) for item in value]
    return type(value)

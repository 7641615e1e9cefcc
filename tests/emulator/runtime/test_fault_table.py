from __future__ import annotations

import re
from pathlib import Path

from op_pipeline.emulator import compiler

TABLE = Path(__file__).parents[3] / "docs" / "emulator.md"
RAISED = re.compile(r'(?:raise_fault|report|refuse)\(\s*"([a-z0-9_]+)"|fault_class = "([a-z0-9_]+)"')


def test_every_class_the_runtime_raises_is_in_the_table() -> None:
    sources = [path.read_text(encoding="utf-8") for path in compiler.RUNTIME_HEADERS.rglob("*.cpp")]
    raised = {name for text in sources for match in RAISED.findall(text) for name in match if name}
    listed = set(re.findall(r"`([a-z0-9_]+)`", TABLE.read_text(encoding="utf-8")))
    assert len(raised) > 30
    assert raised - listed == set()

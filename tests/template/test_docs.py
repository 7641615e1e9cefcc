"""docs/examples/swish is what the backend writes for examples/swish."""

from __future__ import annotations

import os
from pathlib import Path

from op_pipeline.backends.template import generate
from op_pipeline.spec import load_spec

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "swish"


def test_the_example_in_the_docs_is_current() -> None:
    spec = load_spec(ROOT / "examples" / "swish" / "spec.md")
    written = {path: text for stage in range(8) for path, text in generate(spec, stage).items()}
    if os.environ.get("OP_PIPELINE_UPDATE_DOCS"):
        for path, text in written.items():
            (EXAMPLE / path).parent.mkdir(parents=True, exist_ok=True)
            (EXAMPLE / path).write_text(text, encoding="utf-8")
    present = {path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*") if path.is_file()}
    assert present == set(written)
    stale = [path for path, text in written.items() if (EXAMPLE / path).read_text(encoding="utf-8") != text]
    assert stale == [], "see docs/examples/README.md"

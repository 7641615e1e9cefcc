"""Write docs/accuracy.md below the folder given (default: the current one)."""

from __future__ import annotations

import sys
from pathlib import Path

from op_pipeline.testing.accuracy.measure import DTYPES, measure
from op_pipeline.testing.accuracy.operations import OPERATIONS
from op_pipeline.testing.accuracy.page import page


def main(root: str = ".") -> None:
    """Measure everything and write the page; takes half a minute."""
    results = [measure(operation, dtype) for operation in OPERATIONS for dtype in DTYPES]
    path = Path(root) / "docs" / "accuracy.md"
    path.write_text(page(results), encoding="utf-8")
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

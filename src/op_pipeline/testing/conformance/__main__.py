"""`python -m op_pipeline.testing.conformance [--all] [--review]`: the differences; exit 1 for unexplained ones.

`--all` shows the explained ones too. `--review` accepts the present texts of refusals that differ in words only.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter

from op_pipeline import mock
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.testing.conformance.comparing import REVIEWED, Difference, compare, in_own_words
from op_pipeline.testing.conformance.table import OWN_WORDS


def shown(item: Difference) -> str:
    """One difference, readable."""
    real, ours = (json.dumps(value)[:400] for value in (item.real, item.ours))
    return f"{item.call}\n    real {real}\n    ours {ours}\n    {item.reason or 'UNEXPLAINED'}"


def main(arguments: list[str]) -> int:
    """Run the suite and print what it found."""
    library = mock.find_library(cache_folder(), os.environ)
    if isinstance(library, mock.Absent):
        sys.stderr.write(f"{library.reason}: {library.remedy}\n")
        return 2
    report = compare(library, cache_folder())
    if "--review" in arguments:
        worded = [item for item in report.differences if in_own_words(item) and item.reason in {"", OWN_WORDS}]
        REVIEWED.write_text("".join(f"{digest}\n" for digest in sorted({item.digest for item in worded})))
        report = compare(library, cache_folder())
    items = report.differences if "--all" in arguments else report.unexplained
    sys.stdout.writelines(f"{shown(item)}\n" for item in items)
    for reason, count in Counter(item.reason or "UNEXPLAINED" for item in report.differences).most_common():
        sys.stdout.write(f"{count:5}  {reason}\n")
    sys.stdout.writelines(f"explains nothing: {pattern}\n" for pattern in report.unused)
    sys.stdout.write(
        f"{report.calls} calls, {len(report.differences)} differences, {len(report.unexplained)} unexplained\n"
    )
    return 1 if report.unexplained or report.unused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a gate says of sources that break a rule which text alone can show."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline.gates.kit.contract import Contract
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.models import FailureClass

if TYPE_CHECKING:
    from op_pipeline.static_checks import Finding

_SHOWN = 20  # findings in the excerpt
_known: dict[str, tuple[Finding, ...]] = {}  # by content: several gates of a run ask about the same sources


def check_sources(tree: Path, contract: Contract) -> None:
    """Raise GateFailure when the operation's sources below `tree` break a rule of docs/static-checks.md for certain.

    Class, file and line are those of the first error; the excerpt lists the findings, warnings too. Only reads files.
    """
    from op_pipeline.static_checks import RULES, Severity  # noqa: PLC0415 - gates that do not ask start without it

    test = f"tests/ttnn/unit_tests/operations/{contract.category}/test_{contract.operation}.py"
    found = _findings(Path(tree), contract.operation_path, test)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    if not errors:
        return
    first = errors[0]
    more = f"; and {len(errors) - 1} more" if len(errors) > 1 else ""
    lines = [str(finding) for finding in (*errors, *(item for item in found if item not in errors))]
    raise GateFailure(
        FailureClass(RULES[first.rule].kind),
        f"{first.rule}: {first.reason}; {first.remedy}{more}",
        file=first.file,
        line=first.line,
        excerpt="\n".join(lines[:_SHOWN]),
    )


def _findings(tree: Path, operation_path: str, test: str) -> tuple[Finding, ...]:
    from op_pipeline.static_checks import check  # noqa: PLC0415

    mark = _digest(tree, operation_path, test)
    if mark not in _known:
        _known[mark] = check(tree, operation_path, tests=(test,))
    return _known[mark]


def _digest(tree: Path, operation_path: str, test: str) -> str:
    """Of everything that the checks may read: names, where links lead, contents."""
    total = hashlib.sha256(f"{tree.resolve()}\0{operation_path}\0{test}\0".encode())
    base = tree / operation_path
    for path in (base, *sorted(base.rglob("*")), tree / test):
        content = path.read_bytes() if path.is_file() else b""
        total.update(f"{path}\0{path.resolve()}\0{len(content)}\0".encode() + content)
    return total.hexdigest()

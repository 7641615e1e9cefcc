"""What a gate says of sources that break a rule which text alone can show."""

from __future__ import annotations

from pathlib import Path

from op_pipeline.gates.kit.contract import Contract
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.models import FailureClass
from op_pipeline.static_checks import RULES, Severity, check

_SHOWN = 20  # findings in the excerpt


def check_sources(tree: Path, contract: Contract) -> None:
    """Raise GateFailure when the operation's sources below `tree` break a rule of docs/static-checks.md for certain.

    Class, file and line are those of the first error; the excerpt lists the findings, warnings too. Only reads files.
    """
    test = f"tests/ttnn/unit_tests/operations/{contract.category}/test_{contract.operation}.py"
    found = check(Path(tree), contract.operation_path, tests=(test,))
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

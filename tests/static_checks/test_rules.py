"""Each rule has a failing example and a legal neighbour, and a row in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.models import FailureClass
from op_pipeline.static_checks import RULES, Finding, Severity, check
from op_pipeline.static_checks.document import document

FIXTURES = Path(__file__).parent / "fixtures"
DOCS = Path(__file__).resolve().parents[2] / "docs/static-checks.md"
BASE = FIXTURES / "base/good"


def errors(found: tuple[Finding, ...]) -> list[str]:
    return [str(finding) for finding in found if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_its_bad_example(rule: str) -> None:
    found = check(FIXTURES / rule / "bad", "op")
    own = [finding for finding in found if finding.rule == rule]
    assert own, [str(finding) for finding in found]
    for finding in own:
        lines = (FIXTURES / rule / "bad" / finding.file).read_text(encoding="utf-8").splitlines()
        assert lines[finding.line - 1][finding.column - 1].strip(), finding
        assert finding.severity is RULES[rule].severity
        assert finding.reason
        assert finding.remedy
    assert {item.rule for item in found if item.severity is Severity.ERROR} <= {rule}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_lets_its_legal_neighbour_pass(rule: str) -> None:
    found = check(FIXTURES / rule / "good", "op")
    assert rule not in {finding.rule for finding in found}
    assert errors(found) == []
    bad, good = (
        {path.relative_to(FIXTURES / rule / kind): path.read_bytes() for path in (FIXTURES / rule / kind).rglob("*.*")}
        for kind in ("bad", "good")
    )
    assert bad != good


def test_every_example_belongs_to_a_rule() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == {*RULES, "base"}


def test_the_base_has_no_finding() -> None:
    assert check(BASE, "op") == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_row_of_the_table(rule: object) -> None:
    row = RULES[rule.id]  # type: ignore[attr-defined]
    assert FailureClass(row.kind)
    assert len(row.title) + len(row.why) + len(row.remedy) < 260
    assert all(part and part[-1] not in ".;" for part in (row.title, row.why, row.remedy))


def test_the_docs_are_written_from_the_table() -> None:
    assert DOCS.read_text(encoding="utf-8") == document(), (
        "python -m op_pipeline.static_checks.document docs/static-checks.md"
    )


def test_a_finding_reads_like_a_compilers() -> None:
    first = check(FIXTURES / "NOC003/bad", "op")[0]
    assert str(first) == (
        "op/kernels/writer.cpp:16:9: error: nothing waits for this write before the kernel ends [NOC003]; "
        "end with noc_async_write_barrier after the last write"
    )

"""docs/attacks.md lists what the suite has."""

from __future__ import annotations

from pathlib import Path

from op_pipeline.testing.attacks import WHO, collected, page

HERE = Path(__file__).parent


def test_the_page_is_what_the_script_writes() -> None:
    attacks = collected(HERE)
    assert len(attacks) >= 40
    assert {attack.who for attack in attacks} == set(WHO)
    assert all(attack.what and attack.ends and "|" not in attack.what for attack in attacks)
    assert (HERE.parents[1] / "docs" / "attacks.md").read_text(encoding="utf-8") == page(attacks)

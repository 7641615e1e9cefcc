"""References: sections by name, the generated table, and that the texts keep to the current API."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.errors import ConfigError
from op_pipeline.references import load_section, render_table, sections, slug, table

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "references").glob("*.md"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_table_of_sections_is_current(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "| section | lines | characters |" in text
    assert render_table(text) == text, "run: python -m op_pipeline.references"


def test_the_table_lists_every_section_of_every_file() -> None:
    rows = table(None)
    assert {row.file for row in rows} == {path.name for path in FILES}
    for row in rows:
        text = load_section(f"{row.file}#{row.section}", None)
        assert (text.count("\n"), len(text)) == (row.lines, row.chars)
        assert text.startswith("## ")


def test_sections_end_where_the_next_begins_and_fences_hide_headings() -> None:
    text = "# T\nintro\n## One (a)\nx\n```\n## not a heading\n```\n### sub\n## Two\ny\n"
    found = sections(text)
    assert list(found) == ["one-a", "two"]
    assert found["one-a"] == "## One (a)\nx\n```\n## not a heading\n```\n### sub\n"
    assert slug("Program factory: host!") == "program-factory-host"


def test_a_project_reference_hides_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "references").mkdir()
    (tmp_path / "references/kernels.md").write_text("## Reader\nours\n")
    assert load_section("kernels.md#reader", tmp_path) == "## Reader\nours\n"
    assert load_section("kernels.md", tmp_path) == "## Reader\nours\n"
    assert "noc.async_read" in load_section("kernels.md#reader", None)


def test_unknown_sections_and_files() -> None:
    with pytest.raises(ConfigError, match=r"has no section 'raeder' \(did you mean 'reader'\?\)") as caught:
        load_section("kernels.md#raeder", None)
    assert "writer" in caught.value.hint
    with pytest.raises(ConfigError, match=r"no file 'none\.md' among references"):
        load_section("none.md#x", None)


def test_table_markers_in_the_wrong_order_are_left_alone() -> None:
    text = "<!-- end of sections -->\n<!-- sections: generated, do not edit -->\n"
    assert render_table(text) == text

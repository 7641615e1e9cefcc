"""Reference texts by section: what an agent reads, loaded on demand, hashed for staleness, sized for the reader.

A section is a `## ` heading with the text below it; its name is the heading as a slug. Above the first section stands a
generated table of the sections; `render_table` makes it and a test keeps it current.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import NamedTuple

from op_pipeline.errors import ConfigError
from op_pipeline.resources import find_resource, list_resources

TABLE_BEGIN = "<!-- sections: generated, do not edit -->"
TABLE_END = "<!-- end of sections -->"


class Section(NamedTuple):
    """One row of the table of references."""

    file: str
    section: str
    lines: int
    chars: int


def slug(heading: str) -> str:
    """`Program factory (host)` → `program-factory-host`."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def sections(text: str) -> dict[str, str]:
    """Slug → text with its heading, for every `## ` heading outside code fences, in file order."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    fenced = False
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif line.startswith("## ") and not fenced:
            current = found.setdefault(slug(line[3:]), [])
        if current is not None:
            current.append(line)
    return {name: "\n".join(lines).strip() + "\n" for name, lines in found.items()}


def load_section(name: str, project: Path | None) -> str:
    """The text of `file.md#section`, or of a whole file for `file.md`. Raises ConfigError with the nearest name."""
    file, _, section = name.partition("#")
    text = find_resource("references", file, project).read_text(encoding="utf-8")
    if not section:
        return text
    known = sections(text)
    if section not in known:
        near = difflib.get_close_matches(section, known, n=1, cutoff=0.5)
        guess = f" (did you mean {near[0]!r}?)" if near else ""
        raise ConfigError(f"reference {file!r} has no section {section!r}{guess}", hint=f"sections: {', '.join(known)}")
    return known[section]


def table(project: Path | None) -> list[Section]:
    """Every section of every reference with its size, files by name and sections in file order."""
    rows: list[Section] = []
    for file, path in list_resources("references", project, "*.md").items():
        for name, text in sections(path.read_text(encoding="utf-8")).items():
            rows.append(Section(file, name, text.count("\n"), len(text)))
    return rows


def render_table(text: str) -> str:
    """`text` with its table of sections brought up to date; unchanged where it has no markers."""
    begin, end = text.find(TABLE_BEGIN), text.find(TABLE_END)
    if begin < 0 or end < begin:
        return text
    rows = [f"| `{name}` | {body.count(chr(10))} | {len(body)} |" for name, body in sections(text).items()]
    lines = [TABLE_BEGIN, "| section | lines | characters |", "|---|---|---|", *rows, TABLE_END]
    return text[:begin] + "\n".join(lines) + text[end + len(TABLE_END) :]


def main() -> None:
    """Bring the tables of the shipped references up to date: `python -m op_pipeline.references`."""
    for path in list_resources("references", None, "*.md").values():
        path.write_text(render_table(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

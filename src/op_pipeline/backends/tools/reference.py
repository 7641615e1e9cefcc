"""`read_reference`: sections of the reference texts, loaded when they are asked for."""

from __future__ import annotations

from op_pipeline import references
from op_pipeline.backends.tools.toolbox import Answer, Toolbox, refusal
from op_pipeline.errors import ConfigError


def read_reference(box: Toolbox, *, section: str = "") -> Answer:
    """The text of `file.md#section`; without a name, the list of what there is."""
    project = box.task.project
    if not section.strip():
        rows = [f"{row.file}#{row.section} ({row.lines} lines)" for row in references.table(project)]
        return Answer({"text": "\n".join(rows)})
    file, hash_sign, name = section.strip().partition("#")
    if not {(row.file, row.section) for row in references.table(project)} & {(file, name)}:
        near = [row.section for row in references.table(project) if row.file == file]
        if not near:
            files = sorted({row.file for row in references.table(project)})
            return refusal(f"no reference {file!r}; there are: {', '.join(files)}")
        if not hash_sign:
            return refusal(f"name a section of {file}: {', '.join(near)}")
    try:
        return Answer({"text": references.load_section(f"{file}#{name}", project)})
    except ConfigError as error:
        return refusal(f"{error}; {error.hint}" if error.hint else str(error))

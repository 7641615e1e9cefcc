"""`pipeline schema`: JSON schemas of the files users write, for completion and checking in editors."""

from __future__ import annotations

import json as jsonlib
from typing import Annotated

import typer

from op_pipeline.cli.app import output_of


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("schema")(schema)


def schema(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="agent|flow|spec", help="Whose schema.")],
) -> None:
    """Print a JSON schema. Save it and name it in a file's first line: `# yaml-language-server: $schema=PATH`."""
    from op_pipeline.config import json_schema  # noqa: PLC0415 - keeps the other verbs fast

    out = output_of(ctx).configure(json=False)  # the answer is JSON anyway
    out.result(jsonlib.dumps(json_schema(kind), indent=2, ensure_ascii=False))

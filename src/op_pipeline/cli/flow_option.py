"""The option `--flow`, which several verbs have."""

from __future__ import annotations

from typing import Annotated

import typer

FlowOption = Annotated[
    str | None, typer.Option("--flow", metavar="NAME", help="In place of the spec's flow: cpp, generic-op.")
]

"""`pipeline target`: what places there are for operations to run, and how to get one."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption
from op_pipeline.errors import ConfigError

INSTALLABLE = ("mock",)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    verbs = typer.Typer(no_args_is_help=True, help="Places where operations run, beside the emulator.")
    verbs.command("install")(install)
    app.add_typer(verbs, name="target")


def install(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="mock: the real ttnn in an environment of its own.")],
    json: JsonOption = False,
) -> int:
    """Make what a target needs, from the package registry. Nothing is done when it is there."""
    from op_pipeline.emulator.compiler import cache_folder  # noqa: PLC0415 - keeps help fast
    from op_pipeline.mock.installing import install as make  # noqa: PLC0415

    out = output_of(ctx).configure(json=json)
    if name not in INSTALLABLE:
        raise ConfigError(f"target {name!r} cannot be installed", hint=f"it is possible for: {', '.join(INSTALLABLE)}")
    library = make(cache_folder(), os.environ, out.progress)
    out.data({"v": 1, "target": name, "python": str(library.python), "ttnn": library.version, "zig": str(library.zig)})
    out.result(f"ttnn {library.version} in {library.python.parent.parent}")
    return 0

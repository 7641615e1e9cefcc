"""The Typer application: a table of verbs, each imported only when it is used, and the one error handler.

A verb lives in `op_pipeline.cli.<verb>`, which defines `register(app: typer.Typer) -> None` and adds its command (or a
sub-application) under its own name. The help line stands here so that `pipeline --help` imports no verb.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from op_pipeline import __version__
from op_pipeline.cli.output import COLOR_HELP, Output
from op_pipeline.errors import PipelineError

EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130


class Verb(NamedTuple):
    """One line of the help: which group it stands in and what the verb does."""

    group: str
    help: str


VERBS: dict[str, Verb] = {
    "run": Verb("Run", "Turn a spec into a tested, committed operation."),
    "resume": Verb("Run", "Continue the latest unfinished run at its first stage that is not green."),
    "check": Verb("Run", "Check a spec, the agents and the flow; changes nothing, starts nothing."),
    "lint": Verb("Run", "Check an operation's sources for mistakes that their text shows; runs nothing."),
    "gate": Verb("Run", "Run one stage's gate on the operation as it stands."),
    "emulate": Verb("Run", "Run an operation once on the emulator: values, buffers, DST, L1, NOC, a trace."),
    "replay": Verb("Run", "Play a run of the claude backend again from its recording; costs nothing."),
    "status": Verb("Read", "Show where a run stands, stage by stage."),
    "stages": Verb("Read", "List the stages of a flow with owners, gates and limits."),
    "logs": Verb("Read", "List runs, newest first, or follow one."),
    "show": Verb("Read", "Show what happened in a run, a stage or an attempt."),
    "audit": Verb("Read", "Rebuild the verdicts of an operation; says what differs from the record."),
    "diff": Verb("Read", "Show what a stage changed."),
    "export": Verb("Read", "Put an operation into a checkout of tt-metal; --check says what it would change."),
    "doctor": Verb("Set up", "Show what is here, what it allows and how to get the rest."),
    "target": Verb("Set up", "Install a place where operations run, beside the emulator."),
    "init": Verb("Set up", "Make a workspace with an example spec; never overwrites."),
    "agents": Verb("Set up", "List the agents, or show one with its scope, references and limits."),
    "schema": Verb("Set up", "Print the JSON schema of agent, flow or spec files for your editor."),
}

EXAMPLES = """\
Examples:
  pipeline init my-ops              a workspace with an example spec
  pipeline check spec.md            is the spec complete and consistent?
  pipeline run spec.md              all stages, here and now
  pipeline run spec.md --dry-run    what would run, and why
  pipeline resume                   go on where the last run stopped
"""

EXIT_CODES = """\
Exit codes:
  0 green, or nothing to do   1 a gate stayed red        2 usage or configuration
  3 internal error            4 a limit was reached      5 nothing was collected
  6 paused for a human        7 surroundings failed      130 interrupted
"""


class Interrupted(Exception):  # noqa: N818 - what happened, nobody's error
    """Ctrl-C within a verb; the command-line library would end the process on the bare KeyboardInterrupt."""


class ReaderGone(Exception):  # noqa: N818 - what happened, nobody's error
    """The reader of stdout closed it, as in `pipeline logs | head`; the library would make this exit code 1."""


class VerbGroup(TyperGroup):
    """A command group that knows its verbs by name and imports a verb's module only to run it."""

    def invoke(self, ctx: Any) -> Any:
        """As the base class, with Ctrl-C and a closed pipe handed on to `run_program`."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Interrupted from None
        except BrokenPipeError:
            raise ReaderGone from None

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        """Verbs in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import the verb's module and build its command; None for an unknown verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"op_pipeline.cli.{cmd_name}")
        holder = new_app()
        module.register(holder)
        return typer.main.get_group(holder).get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As the base class, but an unknown verb is answered with the nearest known one."""
        if args and not args[0].startswith("-") and args[0] not in VERBS:
            near = difflib.get_close_matches(args[0], VERBS, n=1, cutoff=0.5)
            guess = f" (did you mean {near[0]!r}?)" if near else ""
            ctx.fail(f"no such verb {args[0]!r}{guess}; verbs: {', '.join(VERBS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the library's signature
        """List the verbs by group, from the table alone."""
        for group in dict.fromkeys(verb.group for verb in VERBS.values()):
            with formatter.section(group):
                formatter.write_dl([(name, verb.help) for name, verb in VERBS.items() if verb.group == group])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the library's signature
        """Examples and exit codes, as they stand."""
        formatter.write(f"\n{EXAMPLES}\n{EXIT_CODES}")


def new_app(**options: Any) -> typer.Typer:
    """A Typer application with this program's conventions: plain help (Rich costs 60 ms), no own tracebacks."""
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, **options)


def output_of(ctx: typer.Context) -> Output:
    """The terminal door of this invocation, made by `run_program`."""
    out = ctx.find_object(Output)
    if out is None:  # a verb's command was invoked without run_program
        out = Output()
        ctx.obj = out
    return out


def _print_version(ctx: typer.Context, value: bool) -> None:
    if value:
        output_of(ctx).result(f"op-pipeline {__version__}")
        raise typer.Exit


def _root(
    ctx: typer.Context,
    color: Annotated[str, typer.Option("--color", metavar="WHEN", help=COLOR_HELP)] = "auto",
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
    ] = False,
) -> None:
    """Specification in, working TTNN operation out: agents write, generated tests decide."""
    del version
    out = output_of(ctx)
    out.configure(color=color, debug=debug)
    if ctx.invoked_subcommand is None:
        out.result(ctx.get_help().rstrip())
        raise typer.Exit


def build_app() -> typer.Typer:
    """The whole application; verbs are resolved when they are called."""
    app = new_app(cls=VerbGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
    app.callback()(_root)
    return app


def run_program(argv: Sequence[str] | None = None) -> int:
    """Parse `argv`, run the verb and turn whatever it raises into a message and an exit code.

    PipelineError → its message, hint and code; Ctrl-C → 130; anything else → a crash file and 3.
    """
    out = Output()
    arguments = list(sys.argv[1:] if argv is None else argv)
    out.configure(json="--json" in arguments)  # so that errors before the verb's own parsing are objects, too
    try:
        status = build_app()(args=arguments, prog_name="pipeline", standalone_mode=False, obj=out)
        out.flush()
        return status if isinstance(status, int) else 0
    except PipelineError as error:
        out.failure(error)
        return error.exit_code
    except (KeyboardInterrupt, Interrupted, typer.Abort):
        out.error("interrupted")
        return EXIT_INTERRUPTED
    except (BrokenPipeError, ReaderGone):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the edge: everything ends as a message and a code
        if callable(getattr(error, "show", None)):  # a usage error of the command-line library
            return _usage_error(out, error)
        return out.crash(error, arguments, EXIT_INTERNAL)


def _usage_error(out: Output, error: Any) -> int:
    """Print a usage error with the command's own help hint; returns its exit code (2)."""
    context = getattr(error, "ctx", None)
    hint = f"see `{context.command_path} --help`" if context is not None else ""
    out.error(error.format_message(), hint=hint)
    return int(getattr(error, "exit_code", 2))

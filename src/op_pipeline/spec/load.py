"""Read a spec.md: split, validate, check; one error with every problem in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from op_pipeline.errors import ConfigError, Problem
from op_pipeline.spec import checks
from op_pipeline.spec.frontmatter import headings, split
from op_pipeline.spec.model import FrontMatter, Spec
from op_pipeline.yamlfile import YamlFile, check_model, display, parse_yaml

REQUIRED = ("operation", "category", "inputs", "output", "shapes")
GOLDEN = "formula or golden"
_PLANNER_HINT = "the contract stands between two lines `---` at the top; `pipeline init` writes an example"


class IncompleteSpecError(ConfigError):
    """A spec whose contract is not written yet: prose, or front matter in which only fields are missing."""

    def __init__(
        self, file: str, missing: Sequence[str], *, problems: Sequence[Problem] = (), begun: bool = True
    ) -> None:
        self.missing = tuple(missing)
        what = "the contract is incomplete" if begun else "no contract: the file does not begin with a line `---`"
        text = f"{what}; missing: {', '.join(missing)}"
        super().__init__(problems=problems or [Problem(file, 1, "", text)], hint="" if problems else _PLANNER_HINT)


def load_spec(path: Path) -> Spec:
    """The checked spec. Raises ConfigError with all problems; IncompleteSpecError when only fields are missing."""
    text = _read(path)
    file = display(path)
    document = split(text)
    if document.header is None:
        raise IncompleteSpecError(file, [*REQUIRED, GOLDEN], begun=False)
    source = parse_yaml(document.header, file, first_line=document.header_line)
    if not document.closed:
        raise ConfigError(problems=[Problem(file, 1, "", "the front matter is not closed by a line `---`")])
    if source.data is None and not source.problems:
        raise IncompleteSpecError(file, [*REQUIRED, GOLDEN])
    contract, problems = check_model(FrontMatter, source)
    if contract is None or problems:
        raise _rejection(source, problems)
    problems = checks.errors(contract, source, path.parent)
    if problems:
        if [problem.message for problem in problems] == [checks.NO_GOLDEN]:
            raise IncompleteSpecError(file, [GOLDEN], problems=problems)
        raise ConfigError(problems=_sorted(problems))
    return Spec.model_construct(
        **dict(contract),
        source=path,
        prose=document.prose,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        headings=headings(document.prose, document.prose_line),
        lines={key: source.problem((key,), "").line for key in ("tolerance",) if key in contract.model_fields_set},
    )


def spec_warnings(spec: Spec) -> tuple[Problem, ...]:
    """What a careful author of this spec wants to know; nothing that stops a run. Reads the file again for lines."""
    document = split(_read(spec.source))
    source = parse_yaml(document.header or "", display(spec.source), first_line=document.header_line)
    return tuple(_sorted(checks.warnings(spec, source)))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(problems=[Problem(display(path), 0, "", "not UTF-8 text")]) from None
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror or error).lower()
        hint = "`pipeline init` makes a workspace with an example" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError(problems=[Problem(display(path), 0, "", reason)], hint=hint) from None


def _rejection(source: YamlFile, problems: list[Problem]) -> ConfigError:
    missing = [p.path for p in problems if p.message == "required key is missing" and "." not in p.path]
    if len(missing) == len(problems):
        data = source.data if isinstance(source.data, dict) else {}
        golden = [] if "formula" in data or "golden" in data else [GOLDEN]
        return IncompleteSpecError(source.file, [*missing, *golden])
    return ConfigError(problems=_sorted([*problems, *checks.formula_problems(source)]))


def _sorted(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)

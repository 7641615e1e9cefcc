"""What a mutation sees of an operation, and what it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Edit, Source
from op_pipeline.certify.symmetry import symmetric

if TYPE_CHECKING:
    from op_pipeline.spec import ParameterSpec, Spec

KERNELS = ("reader", "compute", "writer")


class NotApplicable(Exception):  # noqa: N818 - a finding, not an error
    """The operation has no place where this mutation could be made."""


@dataclass(frozen=True)
class Mutant:
    """One wrong implementation: files (relative to the tree) that differ. `same` says why it computes the same."""

    detail: str  # tells mutants of one mutation apart
    change: str
    texts: Mapping[str, str]
    same: str = ""
    count: int = 1  # how many of one detail there were so far


@dataclass(frozen=True)
class Mutation:
    """One way to be wrong. `stages` are the gates to run, the likeliest killer first; `origin` is where it is from.

    With `compiles` off, a failure to compile shows the mistake and is no accident.
    """

    name: str
    level: Level
    kind: str
    origin: str
    make: Callable[[Candidate], Iterable[Mutant]]
    stages: tuple[int, ...]
    trivial: bool = False
    compiles: bool = True
    categories: frozenset[str] = field(default_factory=frozenset)  # empty: all


@dataclass(frozen=True, eq=False)
class Candidate:
    """A real implementation, parsed. `kernels` by role; a role that was not found is absent."""

    spec: Spec
    kernels: Mapping[str, Source]
    host: tuple[Source, ...]
    arguments: Mapping[str, tuple[str, ...]]  # runtime arguments by role, as the design names them
    formats_follow: bool = False  # the design gives every circular buffer the dtype of a tensor

    def kernel(self, role: str) -> Source:
        """The kernel of a role. Raises NotApplicable when there is none."""
        if role not in self.kernels:
            raise NotApplicable(f"no {role} kernel was found")
        return self.kernels[role]

    def with_call(self, *verbs: str) -> Source:
        """The host source that calls one of these. Raises NotApplicable."""
        for source in self.host:
            if source.calls_of(*verbs):
                return source
        raise NotApplicable(f"no host source calls {' or '.join(verbs)}")

    def function(self, name: str) -> tuple[Source, Any]:
        """Source and node of the host function `name` with a body. Raises NotApplicable."""
        for source in self.host:
            for node in source.nodes("function_definition"):
                declarator = node.child_by_field_name("declarator")
                while declarator is not None and declarator.type in {"reference_declarator", "pointer_declarator"}:
                    declarator = next((child for child in declarator.named_children), None)
                called = declarator.child_by_field_name("declarator") if declarator is not None else None
                if called is not None and source.of(called).rpartition("::")[2].strip() == name:
                    return source, node
        raise NotApplicable(f"no host function {name} was found")

    @property
    def parameters(self) -> tuple[ParameterSpec, ...]:
        """The contract's scalar parameters."""
        return self.spec.parameters

    @cached_property
    def dtypes(self) -> frozenset[str]:
        """Dtypes of all inputs of the contract."""
        return frozenset(str(dtype) for item in self.spec.inputs for dtype in item.dtypes)

    def same_exchanged(self, one: str, two: str) -> str:
        """Why exchanging what two texts name changes nothing; "" when it does, or when they name no inputs."""
        names = [_input_in(text, self.spec.input_names) for text in (one, two)]
        first, second = names
        if first is None or second is None or first == second or not symmetric(self.spec, first, second):
            return ""
        return f"the golden is the same with {first} and {second} exchanged"

    @cached_property
    def listed_tiles(self) -> tuple[int, ...]:
        """Output tiles of the cases of the contract, sorted."""
        counts = set()
        for case in self.spec.shapes:
            shape = self.spec.output_shape(case)
            batch = 1
            for size in shape[:-2]:
                batch *= size
            sides = [1, 1, *shape][-2:]
            counts.add(batch * -(-sides[0] // 32) * -(-sides[1] // 32))
        return tuple(sorted(counts))

    @cached_property
    def padded(self) -> bool:
        """Whether a case of the contract has tile padding."""
        return any(side % 32 for case in self.spec.shapes for shape in case for side in shape[-2:])

    @cached_property
    def one_format(self) -> bool:
        """Whether all tensors of one call have one dtype."""
        first = self.spec.inputs[0]
        same = all(item.dtypes == first.dtypes for item in self.spec.inputs)
        output = self.spec.output.dtype
        return same and (output.endswith(".dtype") or first.dtypes == (output,)) and self.formats_follow


def _input_in(text: str, names: Iterable[str]) -> str | None:
    words = re.findall(r"\w+", text)
    return next((name for name in names if name in words), None)


def literal(parameter: ParameterSpec) -> str:
    """The parameter's usual value as a C++ literal of its type."""
    value = parameter.value()
    if parameter.type == "bool":
        return "true" if value else "false"
    return f"{float(value)!r}f" if parameter.type == "float" else str(int(value))


class Made:
    """Collects the mutants of one mutation."""

    def __init__(self) -> None:
        self._mutants: list[Mutant] = []
        self._seen: dict[str, int] = {}

    def add(  # noqa: PLR0917 - a flat row of what a mutant is
        self, source: Source, detail: str, node: Any, edits: Iterable[Edit], change: str, same: str = ""
    ) -> None:
        """A mutant that changes one file at `node`; a detail that comes up again gets a number."""
        texts = {source.path: source.edited(edits)}
        self.add_texts(detail, f"{source.at(node)} {' '.join(change.split())}", texts, same)

    def add_texts(self, detail: str, change: str, texts: Mapping[str, str], same: str = "") -> None:
        """A mutant that changes several files."""
        self._seen[detail] = count = self._seen.get(detail, 0) + 1
        self._mutants.append(Mutant(detail if count == 1 else f"{detail} {count}", change, texts, same, count))

    def all(self, why_none: str) -> list[Mutant]:
        """Everything added. Raises NotApplicable when that is nothing."""
        if not self._mutants:
            raise NotApplicable(why_none)
        return self._mutants


def read_candidate(spec: Spec, tree: Path) -> Candidate:
    """Find and read the sources of the operation in `tree`: kernels where the design says, else by folder and name."""
    folder = tree / spec.operation_path
    front = _front_matter(folder / f"{spec.operation}_design.md")
    planned = front.get("kernels") if isinstance(front.get("kernels"), dict) else {}
    kernels: dict[str, Source] = {}
    arguments: dict[str, tuple[str, ...]] = {}
    for role in KERNELS:
        plan = planned.get(role) if isinstance(planned, dict) else None
        path = tree / str(plan["path"]) if isinstance(plan, dict) and "path" in plan else _by_name(folder, role)
        if path is not None and path.is_file():
            kernels[role] = _read(tree, path)
        listed = plan.get("runtime") if isinstance(plan, dict) else None
        arguments[role] = tuple(str(name) for name in listed) if isinstance(listed, list) else ()
    host = tuple(
        _read(tree, path)
        for path in sorted(folder.rglob("*.cpp"))
        if "kernels" not in path.relative_to(folder).parts[:-1]
    )
    rows = front.get("circular_buffers")
    follow = isinstance(rows, list) and all(str(row.get("dtype")).endswith(".dtype") for row in rows if row)
    return Candidate(spec, kernels, host, arguments, follow)


def _read(tree: Path, path: Path) -> Source:
    return Source(path.relative_to(tree).as_posix(), path.read_text(encoding="utf-8", errors="replace"))


def _by_name(folder: Path, role: str) -> Path | None:
    where = "compute" if role == "compute" else "dataflow"
    found = sorted((folder / "device" / "kernels" / where).glob("*.cpp"))
    named = [path for path in found if role in path.name]
    return next(iter(named or (found if role == "compute" else [])), None)


def _front_matter(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return {}
    head, _, rest = text.partition("---\n")
    block, end, _ = rest.partition("\n---")
    if head.strip() or not end:
        return {}
    try:
        data = yaml.safe_load(block)
    except yaml.YAMLError:
        return {}
    return data if isinstance(data, dict) else {}

"""The planner's design document: its YAML front matter, read strictly, and what gate 0 asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from op_pipeline.gates.kit.contract import Case, Contract
from op_pipeline.gates.kit.failure import GateFailure, require
from op_pipeline.gates.kit.split import OBSERVED, UNITS, expression_value
from op_pipeline.models import FailureClass

INCOMPLETE = FailureClass.CONTRACT_INCOMPLETE
KERNELS = ("reader", "compute", "writer")
NEEDED = ("reader", "writer")  # an operation that only moves data may do without compute
PLAIN_DTYPES = ("bfloat16", "float32", "bfloat8_b", "bfloat4_b", "int32", "uint32", "uint16", "uint8")
PAGES = ("tile", "row")  # what a page of a buffer holds: a tile, or a row (or a part of one) of a row_major tensor
MAX_INDEX = 31  # CB indices 0…31 on Wormhole


@dataclass(frozen=True)
class CircularBuffer:
    """One row of the circular buffer table."""

    index: int
    name: str
    producer: str
    consumer: str
    pages: int | str
    dtype: str
    page: str = "tile"

    def pages_of(self, case: Case) -> int | None:
        """Pages for a case: a number, or an expression over input dimensions. None when it is neither."""
        return expression_value(self.pages, case)


@dataclass(frozen=True)
class Kernel:
    """One kernel: path below the tree's root and argument names in order."""

    path: str
    compile_time: tuple[str, ...]
    runtime: tuple[str, ...]

    def position(self, *words: str) -> int | None:
        """Index of the first runtime argument with all words in its name (num_tiles, not numerator_addr), or None."""
        return next((i for i, name in enumerate(self.runtime) if set(words) <= set(name.split("_"))), None)


@dataclass(frozen=True)
class Design:
    """The front matter of `{operation}_design.md`, checked for form."""

    path: str
    data: Mapping[str, Any]
    circular_buffers: tuple[CircularBuffer, ...]
    kernels: dict[str, Kernel]

    @classmethod
    def load(cls, tree: Path, contract: Contract) -> Design:
        """Read the document of `tree`. Raises GateFailure contract_incomplete when it is missing or malformed."""
        name = f"{contract.operation_path}/{contract.operation}_design.md"
        data = _front_matter(tree / name, name)
        rows = _items(data, "circular_buffers", name)
        require(rows, INCOMPLETE, f"{name}: circular_buffers is empty", file=name)
        kernels = data.get("kernels")
        require(isinstance(kernels, Mapping), INCOMPLETE, f"{name}: kernels is missing or no mapping", file=name)
        assert isinstance(kernels, Mapping)
        buffers = tuple(_buffer(row, position, name) for position, row in enumerate(rows))
        computes = "compute" in kernels or any("compute" in {row.producer, row.consumer} for row in buffers)
        used = KERNELS if computes else NEEDED
        missing = [kernel for kernel in used if not isinstance(kernels.get(kernel), Mapping)]
        require(not missing, INCOMPLETE, f"{name}: kernels lacks {', '.join(missing)}", file=name)
        return cls(
            path=name,
            data=data,
            circular_buffers=buffers,
            kernels={kernel: _kernel(kernels[kernel], kernel, name) for kernel in used},
        )

    def fail(self, message: str) -> GateFailure:
        """The failure to raise for a gap in this document."""
        return GateFailure(INCOMPLETE, f"{self.path}: {message}", file=self.path)

    def check_identity(self, contract: Contract) -> None:
        """The document belongs to this operation and this text of the spec."""
        for key, wanted in (("operation", contract.operation), ("spec_sha256", contract.digest)):
            if self.data.get(key) != wanted:
                raise self.fail(f"{key} is {self.data.get(key)!r}, expected {wanted!r}")

    def check_circular_buffers(self, contract: Contract) -> None:
        """Indices and names are unique and legal; each input is read in, the output is written out."""
        indices = [str(row.index) for row in self.circular_buffers]
        names = [row.name for row in self.circular_buffers]
        for row in self.circular_buffers:
            if not 0 <= row.index <= MAX_INDEX:
                raise self.fail(f"circular buffer {row.name}: index {row.index} is not in 0…{MAX_INDEX}")
            if not {row.producer, row.consumer} <= set(self.kernels):
                raise self.fail(
                    f"circular buffer {row.name}: {row.producer} → {row.consumer} is no path through a core"
                )
            self._check_pages(row, contract)
            self.dtype_of(row, contract, next(iter(contract.dtypes)))
        for what, values in (("index", indices), ("name", names)):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise self.fail(f"circular buffers: {what} {', '.join(twice)} stands twice")
        fed = sum(row.producer == "reader" for row in self.circular_buffers)
        # Moving data, one buffer may hold pages of this input and of that.
        if fed < (1 if contract.category == "data_movement" else len(contract.inputs)):
            raise self.fail(f"{fed} circular buffers are filled by the reader for {len(contract.inputs)} inputs")
        last = "compute" if "compute" in self.kernels else "reader"
        if not any(row.producer == last and row.consumer == "writer" for row in self.circular_buffers):
            raise self.fail(f"no circular buffer goes from {last} to writer")

    def _check_pages(self, row: CircularBuffer, contract: Contract) -> None:
        for case in contract.cases.values():
            pages = row.pages_of(case)
            if pages is None:
                message = f"pages {row.pages!r} is no number and no expression over dimensions of the inputs"
                raise self.fail(f"circular buffer {row.name}: {message}")
            if pages < 1:
                raise self.fail(f"circular buffer {row.name}: pages must be at least 1, is {pages}")

    def dtype_of(self, row: CircularBuffer, contract: Contract, dtypes: str) -> str:
        """Name of a buffer's dtype for a combination: `x.dtype` follows input x."""
        name, dot, attribute = row.dtype.partition(".")
        combination = contract.dtypes[dtypes]
        if dot and attribute == "dtype" and name in combination.inputs:
            return combination.inputs[name]
        if dot and name in {"output", "y"} and attribute == "dtype":
            return combination.output
        if row.dtype not in PLAIN_DTYPES:
            raise self.fail(
                f"circular buffer {row.name}: dtype {row.dtype!r} is neither <input>.dtype nor a dtype's name"
            )
        return row.dtype

    def check_work_split(self, contract: Contract) -> None:
        """Unit, total and order are stated, and the writer is told how many units from where.

        With `split: observed` it need not be: then gate 6 looks at what each core writes.
        """
        split = self.work_split
        for key in ("unit", "total", "order"):
            if not str(split.get(key) or "").strip():
                raise self.fail(f"work_split: {key} is missing")
        if split["unit"] not in UNITS:
            raise self.fail(f"work_split: unit {split['unit']!r} is none of {', '.join(UNITS)}")
        if split.get("split", "ranges") not in {"ranges", OBSERVED}:
            raise self.fail(f"work_split: split {split['split']!r} is neither ranges nor {OBSERVED}")
        for case in contract.cases.values() if split["unit"] == "block" and not self.observed else ():
            if expression_value(split["total"], case) is None:
                raise self.fail(f"work_split: total {split['total']!r} is no expression over dimensions of the inputs")
        writer = self.kernels["writer"]
        for words, meaning in (
            (("num",), "the number of units of its core"),
            (("start",), "the first unit of its core"),
        ):
            if writer.position(*words) is None and not self.observed:
                raise self.fail(f"kernels.writer.runtime holds no '{words[0]}_…' argument: {meaning}")

    @property
    def work_split(self) -> Mapping[str, Any]:
        """The part of that name. GateFailure when it is missing."""
        split = self.data.get("work_split")
        if not isinstance(split, Mapping):
            raise self.fail("work_split is missing or no mapping")
        return split

    @property
    def observed(self) -> bool:
        """Whether the division of the work is no matter of ranges, and shows only when the program runs."""
        return self.work_split.get("split") == OBSERVED

    def check_kernels(self, contract: Contract) -> None:
        """Paths lie in the operation's kernel folder, no argument stands twice, the reader knows every input."""
        for name, kernel in self.kernels.items():
            if not kernel.path.startswith(f"{contract.kernel_folder}/") or not kernel.path.endswith(".cpp"):
                raise self.fail(f"kernels.{name}.path {kernel.path!r} is not below {contract.kernel_folder}")
            for kind, words in (("compile_time", kernel.compile_time), ("runtime", kernel.runtime)):
                if len(set(words)) != len(words):
                    raise self.fail(f"kernels.{name}.{kind} holds a name twice: {', '.join(words)}")
        reader = self.kernels["reader"]
        for item in contract.inputs:
            known = any(word.split("_")[0] == item.name or word.startswith(f"{item.name}_") for word in reader.runtime)
            if not known:
                raise self.fail(f"kernels.reader.runtime holds no argument of input {item.name!r} ({item.name}_addr)")

    def check_requirement(self, requirement: Mapping[str, str]) -> None:
        """Some stated requirement has a message with the subject and the requirement's word."""
        rows = _items(self.data, "requirements", self.path)
        subject, word = requirement["subject"], requirement["word"]
        for row in rows:
            if not {"id", "what", "message"} <= set(row):
                raise self.fail(f"a requirement lacks id, what or message: {dict(row)}")
        if not any(names(str(row["message"]), subject) and word in str(row["message"]).lower() for row in rows):
            raise self.fail(f"no requirement's message names {subject!r} and {word!r}")


def names(text: str, subject: str) -> bool:
    """Whether a text names an input or parameter, as a word of its own."""
    words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split()
    return subject in words


def _front_matter(path: Path, name: str) -> Mapping[str, Any]:
    import yaml  # noqa: PLC0415 - only the stages that read the design pay for it

    if not path.is_file():
        raise GateFailure(INCOMPLETE, f"no design document {name}", file=name)
    head, mark, rest = path.read_text(encoding="utf-8", errors="replace").partition("---\n")
    body, end, _ = rest.partition("\n---")
    if head.strip() or not mark or not end:
        raise GateFailure(INCOMPLETE, f"{name}: no YAML front matter between --- lines", file=name, line=1)
    try:
        data = yaml.safe_load(body)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 2
        raise GateFailure(INCOMPLETE, f"{name}: front matter is no YAML: {error}", file=name, line=line) from error
    if not isinstance(data, Mapping):
        raise GateFailure(INCOMPLETE, f"{name}: front matter is no mapping", file=name, line=1)
    return data


def _items(data: Mapping[str, Any], key: str, name: str) -> list[Mapping[str, Any]]:
    rows = data.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise GateFailure(INCOMPLETE, f"{name}: {key} is missing or no list of mappings", file=name)
    return rows


def _buffer(row: Mapping[str, Any], position: int, name: str) -> CircularBuffer:
    missing = [key for key in ("index", "name", "purpose", "producer", "consumer", "pages", "dtype") if key not in row]
    if missing:
        raise GateFailure(INCOMPLETE, f"{name}: circular_buffers[{position}] lacks {', '.join(missing)}", file=name)
    place = f"{name}: circular_buffers[{position}]"
    if not isinstance(row["index"], int) or isinstance(row["index"], bool):
        raise GateFailure(INCOMPLETE, f"{place}.index is no integer", file=name)
    if not isinstance(row["pages"], (int, str)) or isinstance(row["pages"], bool):
        raise GateFailure(INCOMPLETE, f"{place}.pages is no integer and no expression", file=name)
    page = str(row.get("page", "tile"))
    if page not in PAGES:
        raise GateFailure(INCOMPLETE, f"{place}.page {page!r} is none of {', '.join(PAGES)}", file=name)
    label, producer, consumer = (str(row[key]) for key in ("name", "producer", "consumer"))
    return CircularBuffer(row["index"], label, producer, consumer, row["pages"], str(row["dtype"]), page)


def _kernel(row: Mapping[str, Any], kernel: str, name: str) -> Kernel:
    lists = []
    for key in ("compile_time", "runtime"):
        values = row.get(key)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise GateFailure(INCOMPLETE, f"{name}: kernels.{kernel}.{key} is no list of names", file=name)
        lists.append(tuple(values))
    return Kernel(str(row.get("path", "")), lists[0], lists[1])

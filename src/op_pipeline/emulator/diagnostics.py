"""Compiler and linker output → records and problems: what is wrong, in which line of the user's file, and what to do.

Reads the plain text form that g++ and clang++ share (`file:line:column: error: text`), which outlives the structured
forms of either.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from op_pipeline.emulator import generations
from op_pipeline.emulator.compiler import KERNEL_HEADERS
from op_pipeline.emulator.faults import Record, make_record
from op_pipeline.emulator.kernel_source import KernelRequest

_MESSAGE = re.compile(
    r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<level>fatal error|error|warning): (?P<text>.*)$"
)
_CONTEXT = re.compile(
    r"^(?:In file included from |\s+from )?(?P<file>/[^:\n]+|[^\s:][^:\n]*\.(?:cpp|hpp|h|cc)):(?P<line>\d+)[:,]"
)
_LINKER = re.compile(r"undefined reference to [`'](?P<symbol>[^']+)'|undefined symbol: (?P<other>.+)$|"
                     r"multiple definition of [`'](?P<twice>[^']+)'|cannot find (?P<library>-l[^\s:]+)",
                     re.MULTILINE)  # fmt: skip
_LINKER_PLACE = re.compile(r"(?P<file>[^\s:()]+\.(?:cpp|cc|c))(?:\.o)?:(?:\(|(?P<line>\d+))?")
_UNKNOWN_NAME = (
    re.compile(r"'(?P<name>~?\w[\w:]*)' (?:was not declared in this scope|has not been declared|does not name a t\w+)"),
    re.compile(r"'(?P<name>\w+)' is not a member of '(?P<owner>[^']+)'"),
    re.compile(r"there are no arguments to '(?P<name>\w+)' that depend on a template parameter"),
    re.compile(r"'(?:const )?(?:class |struct )?(?P<owner>[\w:<>, ]+)' has no member named '(?P<name>\w+)'"),
    re.compile(r"use of undeclared identifier '(?P<name>\w+)'"),
    re.compile(r"no (?:member|template) named '(?P<name>\w+)'(?: in (?:namespace )?'(?P<owner>[^']+)')?"),
    re.compile(r"unknown type name '(?P<name>\w+)'"),
    re.compile(r"variable or field '(?P<name>\w+)' declared void"),
)
_NO_SUCH_FILE = re.compile(r"(?:^'?(?P<path>[^':]+\.\w+)'?(?:: No such file or directory| file not found))")
_DEPRECATED = re.compile(r"'(?P<signature>[^']+)' is deprecated(?:: (?P<advice>.*?))?(?: \[-W|$)")
_FLAG = re.compile(r" \[-W[\w=+-]*\]$")
_DID_YOU_MEAN = re.compile(r"; did you mean '([^']+)'\?")
_INCLUDED = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_VECTOR_LANGUAGE = frozenset({"sfpi", "v_if", "v_elseif", "v_else", "v_endif", "vFloat", "vInt", "vUInt", "dst_reg"})
_ELSEWHERE = "write it with other calls, or run on another target"
MAX_RECORDS = 8


@dataclass(frozen=True)
class Diagnostic:
    """One message of the compiler. `user_line` is where, in a file of the user, the code stands that led to it."""

    level: str
    file: str
    line: int
    text: str
    flag: str = ""


def parse(output: str, own: Iterable[str] = ()) -> list[Diagnostic]:
    """Errors and warnings in order.

    One that stands in a header is moved to the line of a file below `own` that instantiates or includes it, when the
    compiler says so.
    """
    folders = tuple(own)
    found: list[Diagnostic] = []
    context: tuple[str, int] | None = None
    for text in output.splitlines():
        match = _MESSAGE.match(text)
        if match is None:
            place = _CONTEXT.match(text)
            if place and _is_own(place["file"], folders):
                context = (place["file"], int(place["line"]))
            continue
        file, line = match["file"], int(match["line"])
        if folders and not _is_own(file, folders) and context is not None:
            file, line = context
        flag = _FLAG.search(match["text"])
        level = "warning" if match["level"] == "warning" else "error"
        found.append(Diagnostic(level, file, line, _FLAG.sub("", match["text"]), flag[0].strip(" []") if flag else ""))
        context = None
    return found


def _is_own(file: str, folders: tuple[str, ...]) -> bool:
    return any(file == folder or file.startswith(folder.rstrip("/") + "/") for folder in folders)


def kernel_records(output: str, request: KernelRequest) -> list[Record]:
    """Records of a kernel that does not compile or link; never empty."""
    source = request.path or request.name
    own = [source, *([request.root] if request.root else [])]
    records: list[Record] = []
    for item in parse(output, own):
        if item.level == "error":
            record = _record(item, request)
            if not any((old["line"], old["message"]) == (record["line"], record["message"]) for old in records):
                records.append(record)
    records = _worth_telling(records) or [_link_record(output, request)]
    return records[:MAX_RECORDS]


def _worth_telling(records: list[Record]) -> list[Record]:
    """The cause first: what follows from a removed name or a missing header in the same file would only distract."""
    named = [record for record in records if record["fault_class"] != "compile_error"]
    return named or records


def kernel_warnings(output: str, request: KernelRequest) -> list[Record]:
    """Records of class `deprecated` and `warning` that came with a kernel which does compile."""
    own = [request.path or request.name, *([request.root] if request.root else [])]
    records = []
    for item in parse(output, own):
        deprecated = _DEPRECATED.search(item.text)
        kind = "deprecated" if deprecated else "warning"
        name = _called(deprecated["signature"]) if deprecated else ""
        hint = generations.load().deprecated.get(name, "") if name else ""
        message = f"{name} is deprecated" if name else item.text
        records.append(_make(kind, message, item, request, hint))
    return records


def _record(item: Diagnostic, request: KernelRequest) -> Record:
    if "not modelled by the emulator" in item.text:  # our headers' own words, in #error and static_assert
        return _make("not_modelled", item.text.removeprefix("#error ").strip('"'), item, request, _ELSEWHERE)
    missing = _NO_SUCH_FILE.search(item.text)
    if missing:
        return _missing_header(missing["path"], item, request)
    for pattern in _UNKNOWN_NAME:
        match = pattern.search(item.text)
        if match:
            return _unknown_name(match["name"], match.groupdict().get("owner") or "", item, request)
    removed = _removed_on(item, request)
    if removed:
        return _unknown_name(removed, "", item, request)
    return _make("compile_error", item.text, item, request, _advice(item))


def _unknown_name(name: str, owner: str, item: Diagnostic, request: KernelRequest) -> Record:
    generation = generations.load()
    if name == "kernel_main":
        return _make("compile_error", "the kernel has no kernel_main", item, request, "define `void kernel_main()`")
    owner_class = re.sub(r"<.*", "", owner).rsplit("::", 1)[-1].strip()
    members = generation.members(owner_class)
    if members:
        return _unknown_member(name, owner_class, members, item, request)
    if name in _VECTOR_LANGUAGE or _VECTOR_LANGUAGE & set(owner.split("::")):
        message = f"{name}: code for the vector unit itself exists on the device, but the emulator does not model it"
        return _make("not_modelled", message, item, request, "use the operations of api/compute/, or " + _ELSEWHERE)
    if generation.standing(name).status == "unknown":
        name = _removed_on(item, request) or name
    standing = generation.standing(name)
    if standing.status == "removed":
        message = f"{name} does not exist in ttnn {generation.version}"
        advice = standing.advice if standing.advice.startswith("define") else f"use {standing.advice}"
        return _make("name_removed", message, item, request, advice)
    if standing.status in {"present", "deprecated"}:
        return _known_name(name, standing, item, request)
    meant = _DID_YOU_MEAN.search(item.text)
    similar = meant[1] if meant else generation.similar(name)
    message = f"{name} is declared nowhere: not in the kernel, not in ttnn {generation.version}"
    return _make("compile_error", message, item, request, f"did you mean {similar}?" if similar else "")


def _known_name(name: str, standing: generations.Standing, item: Diagnostic, request: KernelRequest) -> Record:
    """The release has it: either the include is missing or the emulator does not have it."""
    header = next((path for path in standing.headers if path.startswith(("api/", "experimental/"))), "")
    if header and declares(header, name):
        return _make("compile_error", f"{name} is used without its header", item, request, f'#include "{header}"')
    where = f" ({header})" if header else ""
    message = f"{name}{where} exists on the device, but the emulator does not model it"
    return _make("not_modelled", message, item, request, _ELSEWHERE)


def _unknown_member(
    name: str, owner: str, members: frozenset[str], item: Diagnostic, request: KernelRequest
) -> Record:
    generation = generations.load()
    if name in members:
        message = f"{owner}::{name} exists on the device, but the emulator does not model it"
        return _make("not_modelled", message, item, request, _ELSEWHERE)
    similar = generation.similar(name, members)
    hint = f"did you mean {similar}?" if similar else f"it has: {', '.join(sorted(members)[:12])}"
    return _make("compile_error", f"{owner} has no member {name} in ttnn {generation.version}", item, request, hint)


def declares(header: str, name: str) -> bool:
    """Whether the emulator's own header of that path, or what it takes from op_emulator/, mentions the name."""
    pending, seen = [header], set[str]()
    mention = re.compile(rf"\b{re.escape(name)}\b")
    while pending:
        path = KERNEL_HEADERS / pending.pop()
        if str(path) in seen or not path.is_file():
            continue
        seen.add(str(path))
        text = path.read_text(encoding="utf-8")
        if mention.search(text):
            return True
        pending.extend(found for found in _INCLUDED.findall(text) if found.startswith("op_emulator/"))
    return False


def _missing_header(path: str, item: Diagnostic, request: KernelRequest) -> Record:
    generation = generations.load()
    instead = generations.removed_header(path)
    if instead:
        message = f'"{path}" does not exist in ttnn {generation.version}'
        return _make("name_removed", message, item, request, f'include "{instead}"')
    if path in generation.headers:
        message = f'"{path}" exists on the device, but the emulator does not model it'
        return _make("not_modelled", message, item, request, _ELSEWHERE)
    similar = generation.similar(path, frozenset(generation.headers))
    message = f'"{path}" was not found'
    return _make("compile_error", message, item, request, f'did you mean "{similar}"?' if similar else "")


def _removed_on(item: Diagnostic, request: KernelRequest) -> str:
    """A removed name in the line that the compiler complains about, whatever it made of it."""
    if item.file not in {request.path, request.name}:
        return ""
    lines = request.text.splitlines()
    line = lines[item.line - 1] if 0 < item.line <= len(lines) else ""
    return next((word for word in _WORD.findall(line) if word in generations.REMOVED), "")


def _advice(item: Diagnostic) -> str:
    if item.flag.endswith("int-to-pointer-cast"):
        return "an L1 address is an offset: use reinterpret_cast or CoreLocalMem, not a C-style cast"
    if "exception handling disabled" in item.text or "exceptions disabled" in item.text:
        return "kernels are compiled without exceptions"
    return ""


def _make(kind: str, message: str, item: Diagnostic, request: KernelRequest, hint: str = "") -> Record:
    file, line = item.file, item.line
    if file == request.path:
        file = request.name
    elif file == "entry point":  # generated, so no place of the kernel
        file, line = request.name, 0
    elif request.root and file.startswith(request.root + "/"):
        file = os.path.relpath(file, request.root)
    return make_record(kind, message, kernel=request.name, file=file, line=line, risc=request.risc, hint=hint)


def _called(signature: str) -> str:
    """Name of the function in a signature as the compiler prints it."""
    head = re.sub(r" \[with .*", "", signature).split("(")[0]
    head = re.sub(r"<.*", "", head)
    return head.split()[-1].rsplit("::", 1)[-1] if head.split() else signature


def _link_record(output: str, request: KernelRequest) -> Record:
    """Undefined symbols of a kernel are calls that the emulator declares but does not have."""
    undefined = undefined_symbols(output)
    if undefined:
        message = f"{', '.join(undefined)}: declared, but neither the kernel nor the emulator defines it"
        return make_record("not_modelled", message, kernel=request.name, risc=request.risc)
    tail = " ".join(output.split())[-400:] or "the compiler failed without a word"
    return make_record("compile_error", tail, kernel=request.name, risc=request.risc)


def undefined_symbols(output: str) -> list[str]:
    """Demangled names the linker did not find, each once."""
    found = [match["symbol"] or match["other"] for match in _LINKER.finditer(output)]
    return list(dict.fromkeys(name for name in found if name))


@dataclass(frozen=True)
class LinkError:
    """One complaint of the linker."""

    symbol: str
    file: str = ""
    line: int = 0
    twice: bool = False
    library: str = ""


def link_errors(output: str) -> list[LinkError]:
    """What the linker could not resolve, found twice or did not find; each symbol once."""
    found: dict[str, LinkError] = {}
    for text in output.splitlines():
        match = _LINKER.search(text)
        if match is None:
            continue
        place = _LINKER_PLACE.search(text)
        symbol = match["symbol"] or match["other"] or match["twice"] or match["library"]
        error = LinkError(
            symbol.strip(),
            place["file"] if place else "",
            int(place["line"] or 0) if place else 0,
            match["twice"] is not None,
            match["library"] or "",
        )
        found.setdefault(error.symbol, error)
    return list(found.values())

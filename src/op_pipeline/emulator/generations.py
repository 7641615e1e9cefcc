"""API generations: which names kernels may use in one release of ttnn, read from that release's headers by script.

`python -m op_pipeline.emulator.generations scan FOLDER` writes data/api-<version>.json from an installed or unpacked
wheel; it also checks that every name listed as removed below is absent there.
"""

from __future__ import annotations

import argparse
import difflib
import functools
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from op_pipeline.emulator.header_scan import declared_names

CURRENT = "0.81.1"
DATA = Path(__file__).resolve().parent / "data"

# Names that tutorials, older kernels and models still use, and what stands for them now. Kept by hand: headers cannot
# say what they no longer contain. In a data file because the static checks read it, too.
_GONE = json.loads((DATA / "removed.json").read_text(encoding="utf-8"))
REMOVED: dict[str, str] = _GONE["names"]
# Not a name in those headers, or one that stands there as a leftover: the check for absence does not apply.
_LEFT_OVER = frozenset({"MAIN"})
REMOVED_HEADERS: dict[str, str] = _GONE["headers"]
_OLD_COMPUTE = "compute_kernel_api/"

# What kernels may include, and what those headers include in turn (build of a Wormhole kernel, in lookup order).
_API = ("api", "experimental")
_LOOKUP = (
    "hw/inc", "hw/ckernels/wormhole_b0/metal/common", "hw/ckernels/wormhole_b0/metal/llk_io",
    "hw/ckernels/wormhole_b0/metal/llk_api", "hw/ckernels/wormhole_b0/metal/llk_api/llk_sfpu", "hostdevcommon/api",
    "api",
    "tt-llk/common", "tt-llk/tt_llk_wormhole_b0/common/inc", "tt-llk/tt_llk_wormhole_b0/common/inc/sfpu",
    "tt-llk/tt_llk_wormhole_b0/llk_lib", "hw/inc/internal", "hw/inc/internal/tt-1xx",
    "hw/inc/internal/tt-1xx/wormhole", "hw/inc/internal/tt-1xx/wormhole/noc",
)  # fmt: skip
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)

_INSTEAD = re.compile(
    r"([A-Za-z_][\w<>:]*)(?:\(\))?(?:'s [\w<>]+)? instead|Renamed to ([A-Za-z_]\w*)|favor of `?(\w+)|"
    r"[Uu]se (?:the )?`?([A-Za-z_][\w:]*)"
)

Status = Literal["present", "deprecated", "removed", "unknown"]


@dataclass(frozen=True)
class Standing:
    """What one release says of a name: its status, the headers that declare it, and the advice that goes with it."""

    status: Status
    headers: tuple[str, ...] = ()
    advice: str = ""


class Generation:
    """The names of one release."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.version = str(data["version"])
        self.headers: dict[str, dict[str, Any]] = data["headers"]
        self.deprecated: dict[str, str] = data["deprecated"]
        self._declared: dict[str, list[str]] = {}
        self._members: dict[str, set[str]] = {}
        for path, entry in self.headers.items():
            for name in entry.get("names", ()):
                self._declared.setdefault(name, []).append(path)
            for owner, members in entry.get("members", {}).items():
                self._members.setdefault(owner, set()).update(members)

    def standing(self, name: str) -> Standing:
        """Status of a free name (a qualifier is ignored)."""
        name = name.rsplit("::", 1)[-1]
        if name in REMOVED:
            return Standing("removed", (), REMOVED[name])
        headers = tuple(path for path in self._declared.get(name, ()) if path.startswith(_API))
        headers = headers or tuple(self._declared.get(name, ()))
        if name in self.deprecated:
            return Standing("deprecated", headers, self.deprecated[name])
        return Standing("present" if headers else "unknown", headers)

    def members(self, owner: str) -> frozenset[str]:
        """Public members of a class."""
        return frozenset(self._members.get(owner, ()))

    def visible(self, header: str) -> frozenset[str]:
        """Names that including `header` brings, through whatever it includes."""
        seen, names, pending = {header}, set[str](), [header]
        while pending:
            entry = self.headers.get(pending.pop(), {})
            names.update(entry.get("names", ()))
            fresh = [path for path in entry.get("includes", ()) if path not in seen]
            seen.update(fresh)
            pending.extend(fresh)
        return frozenset(names)

    def similar(self, name: str, among: frozenset[str] | None = None) -> str:
        """The one name close enough to have been meant, or ""."""
        pool = among if among is not None else frozenset(self._declared)
        found = difflib.get_close_matches(name, pool, n=1, cutoff=0.8)
        return found[0] if found else ""


@functools.lru_cache(maxsize=4)
def load(version: str = CURRENT) -> Generation:
    """The table of one release. Raises FileNotFoundError when that release was never scanned."""
    return Generation(json.loads((DATA / f"api-{version}.json").read_text(encoding="utf-8")))


def removed_header(path: str) -> str:
    """What stands for an include path of an older generation; "" when it is none."""
    if path in REMOVED_HEADERS:
        return REMOVED_HEADERS[path]
    if path.startswith(_OLD_COMPUTE):
        return "api/compute/" + path.removeprefix(_OLD_COMPUTE)
    return ""


def scan(folder: Path) -> dict[str, Any]:
    """Table of a wheel that stands below `folder`. Raises ValueError when it holds a name listed as removed."""
    root = next((path.parent.parent.parent for path in sorted(folder.rglob("hw/inc/api")) if path.is_dir()), None)
    if root is None:
        raise ValueError(f"no tt_metal/hw/inc/api below {folder}")
    headers: dict[str, dict[str, Any]] = {}
    deprecated: dict[str, str] = {}
    for path, text in _reachable(root):
        declared = declared_names(text)
        names = sorted(item.name for item in declared if not item.owner)
        members: dict[str, list[str]] = {}
        for item in declared:
            if item.owner:
                members.setdefault(item.owner, []).append(item.name)
        includes = sorted({found for name in _INCLUDE.findall(text) if (found := _locate(root, name))})
        entry = {"names": names, "members": members, "includes": includes}
        headers[path] = {key: value for key, value in entry.items() if value}
        deprecated.update({item.name: _plain(item.deprecated) for item in declared if item.deprecated})
    wrong = sorted(name for entry in headers.values() for name in entry.get("names", ()) if name in REMOVED)
    if set(wrong) - _LEFT_OVER:
        raise ValueError(f"listed as removed but declared: {', '.join(wrong)}")
    return {"version": _version(folder), "headers": headers, "deprecated": dict(sorted(deprecated.items()))}


def _reachable(root: Path) -> Iterator[tuple[str, str]]:
    """Every header below the API folders and all that they include, sorted by the path kernels know it by."""
    base = root / "hw/inc"
    pending = [path.relative_to(base).as_posix() for top in _API for path in (base / top).rglob("*.h*")]
    texts: dict[str, str] = {}
    while pending:
        name = pending.pop()
        if name in texts:
            continue
        found = next(root / folder / name for folder in _LOOKUP if (root / folder / name).is_file())
        texts[name] = found.read_text(encoding="utf-8", errors="replace")
        pending.extend(include for include in _INCLUDE.findall(texts[name]) if _locate(root, include))
    yield from sorted(texts.items())


def _locate(root: Path, name: str) -> str:
    return name if any((root / folder / name).is_file() for folder in _LOOKUP) else ""


def _plain(message: str) -> str:
    """A deprecation in a few words of ours: what to use instead and when it goes."""
    instead = _INSTEAD.search(message)
    date = re.search(r"\d\d-\d\d-\d{4}", message)
    parts = [f"use {next(group for group in instead.groups() if group)}"] if instead else ["deprecated"]
    return ", ".join([*parts, f"goes after {date[0]}"] if date else parts)


def _version(folder: Path) -> str:
    for path in sorted(folder.glob("ttnn-*.dist-info/METADATA")):
        match = re.search(r"^Version: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if match:
            return match[1]
    raise ValueError(f"no ttnn-*.dist-info below {folder}")


def write(table: dict[str, Any], target: Path) -> None:
    """One header per line, sorted: differences between releases read well."""
    lines = [
        f'{json.dumps(path)}: {json.dumps(entry, separators=(",", ":"))}' for path, entry in table["headers"].items()
    ]
    text = (
        f'{{"version": {json.dumps(table["version"])},\n"deprecated": {json.dumps(table["deprecated"], indent=0)},\n'
        '"headers": {\n' + ",\n".join(lines) + "\n}}\n"
    )
    target.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Command line: `scan FOLDER [--output FILE]`."""
    parser = argparse.ArgumentParser(prog="python -m op_pipeline.emulator.generations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    scanning = commands.add_parser("scan", help="write the table of names of an installed or unpacked ttnn wheel")
    scanning.add_argument("folder", type=Path)
    scanning.add_argument("--output", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        table = scan(chosen.folder)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    target = chosen.output or DATA / f"api-{table['version']}.json"
    write(table, target)
    count = sum(len(entry.get("names", ())) for entry in table["headers"].values())
    print(f"{target}: {len(table['headers'])} headers, {count} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The translation unit of one kernel: what the device's build generates around a kernel's source, in our form.

Order within a unit: the precompiled prelude (forced by the command line), the macros that kernel/op_emulator/prelude.h
names, the descriptor's own defines, `op_emulator/late.h`, the kernel, the entry point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from op_pipeline.emulator.faults import KernelCompileError, make_record
from op_pipeline.emulator.kernel_names import KernelNames, entry_point, header_for

_RISC_MACROS = {
    "BRISC": ("COMPILE_FOR_BRISC 1", "PROCESSOR_INDEX 0", "NOC_INDEX 1"),
    "NCRISC": ("COMPILE_FOR_NCRISC 1", "PROCESSOR_INDEX 1", "NOC_INDEX 0"),
    # One context stands for the three compute processors, so the sections of all three are compiled.
    "TRISC": (
        "COMPILE_FOR_TRISC 0", "PROCESSOR_INDEX 2", "NOC_INDEX 0", "TRISC_UNPACK 1", "TRISC_MATH 1", "TRISC_PACK 1",
        "UCK_CHLKC_UNPACK", "UCK_CHLKC_MATH", "UCK_CHLKC_PACK",
    ),
}  # fmt: skip
_BUFFER_FIELDS = ("index", "format", "page_size", "tile_height", "tile_width")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(\([^()]*\))?\Z")


# By their whole path: a candidate's include folders come before the emulator's.
_HEADERS = Path(__file__).resolve().parent / "kernel"


@dataclass(frozen=True)
class KernelRequest:
    """One kernel to compile. `root` is the folder that `name` is relative to: "" for a source given as text."""

    name: str
    text: str
    path: str
    risc: str
    root: str = ""
    noc: int | None = None
    compile_time_args: tuple[int, ...] = ()
    named_compile_time_args: tuple[tuple[str, int], ...] = ()
    defines: tuple[tuple[str, str], ...] = ()
    include_paths: tuple[str, ...] = ()
    compute: Mapping[str, Any] = field(default_factory=dict)
    circular_buffers: tuple[Mapping[str, int], ...] = ()
    names: KernelNames | None = None  # of a Metal 2.0 kernel

    @classmethod
    def parse(cls, request: Mapping[str, Any]) -> KernelRequest:
        """From the dictionary that the host side hands over. Raises KernelCompileError when the source is not there."""
        name, source, risc = str(request["name"]), str(request["source"]), str(request["risc"])
        given_as_text = bool(request.get("is_source_text"))
        path = "" if given_as_text else source
        try:
            text = source if given_as_text else Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            record = make_record("compile_error", f"cannot read the kernel's source: {reason}", kernel=name, risc=risc)
            raise KernelCompileError([record]) from error
        root = path[: -len(name)].rstrip("/") if path.endswith("/" + name) else str(Path(path).parent) if path else ""
        return cls(
            name=name,
            text=text,
            path=path,
            risc=risc,
            root=root,
            noc=request.get("noc"),
            compile_time_args=tuple(int(value) for value in request.get("compile_time_args", ())),
            named_compile_time_args=_pairs(request.get("named_compile_time_args", ())),
            defines=_pairs(request.get("defines", ())),
            include_paths=tuple(str(folder) for folder in request.get("include_paths", ())),
            compute=dict(request.get("compute") or {}),
            circular_buffers=tuple(dict(buffer) for buffer in request.get("circular_buffers", ())),
            names=KernelNames.parse(request["names"]) if request.get("names") else None,
        )

    def include_folders(self) -> tuple[str, ...]:
        """Where the kernel's own includes are looked up: as given, its folder, then the roots of a tt-metal tree."""
        roots = (self.root, f"{self.root}/ttnn", f"{self.root}/ttnn/cpp") if self.root else ()
        own = (str(Path(self.path).parent),) if self.path else ()
        return tuple(dict.fromkeys((*self.include_paths, *own, *roots)))


def _pairs(value: Any) -> tuple[tuple[str, Any], ...]:
    items = value.items() if isinstance(value, Mapping) else value
    return tuple((str(name), content) for name, content in items)


def late_header(request: KernelRequest) -> str:
    """Macros of this kernel; the same text for the same arguments, so that it can be part of a cache key."""
    macros = list(_RISC_MACROS[request.risc])
    if request.noc is not None and request.risc != "TRISC":
        macros[2] = f"NOC_INDEX {int(request.noc)}"
    if request.compile_time_args:
        macros.append("KERNEL_COMPILE_TIME_ARGS " + ", ".join(f"{value}u" for value in request.compile_time_args))
    if request.named_compile_time_args:
        entries = ", ".join(f'{{"{name}", {value}u}}' for name, value in request.named_compile_time_args)
        macros.append(f"KERNEL_COMPILE_TIME_ARG_MAP {entries}")
    if request.circular_buffers:
        entries = ", ".join(
            "{" + ", ".join(str(int(buffer[key])) for key in _BUFFER_FIELDS) + "}"
            for buffer in sorted(request.circular_buffers, key=lambda buffer: int(buffer["index"]))
        )
        macros.append(f"OP_EMULATOR_CIRCULAR_BUFFERS {entries}")
    return "".join(f"#define {macro}\n" for macro in macros)


def compute_constants(request: KernelRequest) -> str:
    """Constants that the device's build generates for compute kernels from their configuration."""
    if request.risc != "TRISC":
        return ""
    approximate, accumulate = (
        str(bool(request.compute.get(key))).lower() for key in ("math_approx_mode", "fp32_dest_acc_en")
    )
    fidelity = int(request.compute.get("math_fidelity", 4))
    sync = "SyncFull" if request.compute.get("dst_full_sync_en") else "SyncHalf"
    return (
        f"constexpr bool APPROX = {approximate};\nconstexpr bool DST_ACCUM_MODE = {accumulate};\n"
        f'#include "{_HEADERS}/llk_defs.h"\n'
        f"constexpr auto MATH_FIDELITY = static_cast<ckernel::MathFidelity>({fidelity});\n"
        f"#define DST_SYNC_MODE ckernel::DstSync::{sync}\n"
    )


def own_defines(request: KernelRequest) -> str:
    """The defines of the descriptor. Raises KernelCompileError for one that is no macro."""
    lines = []
    for name, value in request.defines:
        if not _IDENTIFIER.match(name) or "\n" in str(value):
            message = f"the define {name!r} is not a macro name with a value on one line"
            raise KernelCompileError([make_record("compile_error", message, kernel=request.name, risc=request.risc)])
        lines.append(f"#define {name} {value}\n")
    return "".join(lines)


def bound_names(request: KernelRequest) -> str:
    """Declares what a Metal 2.0 program bound to the kernel. Raises KernelCompileError for an impossible name."""
    if request.names is None:
        return ""
    try:
        return header_for(request.names)
    except ValueError as error:
        record = make_record("compile_error", str(error), kernel=request.name, risc=request.risc)
        raise KernelCompileError([record]) from error


def translation_unit(request: KernelRequest) -> str:
    """The text that is compiled. A source given as text is part of it; a file is included from where it stands."""
    kernel = f'#include "{request.path}"\n' if request.path else f'#line 1 "{request.name}"\n{request.text}\n'
    return (
        f"{late_header(request)}"
        f"{compute_constants(request)}"
        f"{own_defines(request)}"
        f'#include "{_HEADERS}/op_emulator/late.h"\n'
        f"{bound_names(request)}"
        f"{kernel}"
        f"{entry_point(request.text) if request.names else ''}"
        '#line 1 "entry point"\n'
        'extern "C" __attribute__((visibility("default"))) void op_emulator_kernel_entry() { kernel_main(); }\n'
    )

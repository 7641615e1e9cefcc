"""Warnings where the real module takes something silently that is hardly ever meant.

The lists of a descriptor are copies (measured, ttnn 0.81.1), so that changing one changes nothing. A bare integer as
data format warns too, in the binding of CBFormatDescriptor.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from op_pipeline.emulator._ttnn import CBDescriptor, KernelDescriptor, ProgramDescriptor

_COPIED = {
    ProgramDescriptor: ("kernels", "semaphores", "cbs"),
    CBDescriptor: ("format_descriptors", "remote_format_descriptors"),
    KernelDescriptor: ("defines", "named_compile_time_args", "compiler_include_paths"),
}


class CopyWarning(UserWarning):
    """A list that was read from a descriptor was changed; the descriptor was not."""


class _Copy(list[Any]):
    """The list that reading a descriptor gives. Changing it warns, as nothing comes of it."""

    origin = ""


def _warned(name: str) -> Callable[..., Any]:
    plain = getattr(list, name)

    def changed(self: _Copy, *args: Any, **kwargs: Any) -> Any:
        text = (
            f"{self.origin} is a copy: {name} does not change the descriptor. Build the list first, or assign it: "
            f"`{self.origin.rpartition('.')[2]} = [...]`"
        )
        warnings.warn(text, CopyWarning, stacklevel=2)
        return plain(self, *args, **kwargs)

    changed.__name__ = name
    return changed


def _copied(owner: Any, name: str) -> property:
    real = vars(owner)[name]
    origin = f"{owner.__name__}.{name}"

    def read(self: Any) -> Any:
        copy = _Copy(real.fget(self))
        copy.origin = origin
        return copy

    return property(read, real.fset)


def set_warnings() -> None:
    """Put the checks into the classes. Once, when the module is imported."""
    for name in ("append", "extend", "insert", "pop", "remove", "clear", "__setitem__", "__iadd__", "sort", "reverse"):
        setattr(_Copy, name, _warned(name))
    for owner, names in _COPIED.items():
        for name in names:
            setattr(owner, name, _copied(owner, name))

"""A spec: the contract of one operation in the front matter of a Markdown file, checked as a whole.

`load_spec` reads and checks one, `golden` makes its reference function.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from op_pipeline.spec.golden import golden

if TYPE_CHECKING:
    from op_pipeline.spec.load import IncompleteSpecError, load_spec, spec_warnings
    from op_pipeline.spec.model import FrontMatter, InputSpec, OutputSpec, ParameterSpec, Spec
    from op_pipeline.spec.tolerance import Tolerance

# Looked up when they are used: the judge of a gate takes expressions from this package and reads no spec; YAML and
# pydantic, which read specs, would be a good part of its start.
_PLACES = {
    "load": ("IncompleteSpecError", "load_spec", "spec_warnings"),
    "model": ("FrontMatter", "InputSpec", "OutputSpec", "ParameterSpec", "Spec"),
    "tolerance": ("Tolerance",),
}

__all__ = [
    "FrontMatter",
    "IncompleteSpecError",
    "InputSpec",
    "OutputSpec",
    "ParameterSpec",
    "Spec",
    "Tolerance",
    "golden",
    "load_spec",
    "spec_warnings",
]


def __getattr__(name: str) -> Any:
    for module, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

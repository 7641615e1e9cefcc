"""A spec: the contract of one operation in the front matter of a Markdown file, checked as a whole.

`load_spec` reads and checks one, `golden` makes its reference function.
"""

from __future__ import annotations

from op_pipeline.spec.golden import golden
from op_pipeline.spec.load import IncompleteSpecError, load_spec, spec_warnings
from op_pipeline.spec.model import FrontMatter, InputSpec, OutputSpec, ParameterSpec, Spec
from op_pipeline.spec.tolerance import Tolerance

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

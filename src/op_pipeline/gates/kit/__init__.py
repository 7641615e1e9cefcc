"""What gate tests are written with. The fixtures are in `plugin`; everything else a template names is here."""

from __future__ import annotations

from op_pipeline.gates.kit.api import (
    accepts,
    check_build_files,
    check_documentation,
    check_signature,
    check_unit_test,
    expect_type_error,
)
from op_pipeline.gates.kit.checks import (
    check_attributes,
    check_golden,
    check_hidden_shape,
    check_output_spec,
    check_refusal,
    check_run,
    check_values,
    recorded_program,
)
from op_pipeline.gates.kit.failure import GateFailure, require
from op_pipeline.gates.kit.genuine import check_allocation, check_with_library
from op_pipeline.gates.kit.operation import Operation, expect_refusal, judge_values
from op_pipeline.gates.kit.reachable import reachable_margin
from op_pipeline.gates.kit.sources import check_sources
from op_pipeline.models import FailureClass

__all__ = [
    "FailureClass",
    "GateFailure",
    "Operation",
    "accepts",
    "check_allocation",
    "check_attributes",
    "check_build_files",
    "check_documentation",
    "check_golden",
    "check_hidden_shape",
    "check_output_spec",
    "check_refusal",
    "check_run",
    "check_signature",
    "check_sources",
    "check_unit_test",
    "check_values",
    "check_with_library",
    "expect_refusal",
    "expect_type_error",
    "judge_values",
    "reachable_margin",
    "recorded_program",
    "require",
]

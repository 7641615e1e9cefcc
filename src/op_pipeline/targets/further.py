"""Further judges beside the target: they add tests to the gates of some stages and never decide about values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from op_pipeline.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from op_pipeline.config import FlowSpec

FURTHER = {
    "mock": {
        "device_operation": "mock/test_stage4_host_check.py.j2",
        "program_factory": "mock/test_stage5_host_check.py.j2",
        "kernel_compilation": "mock/test_stage6_compile_check.py.j2",
    }
}
"""By target: template of stage_tests/ by the name of the stage whose gate it joins."""


def with_further_checks(flow: FlowSpec, also: Sequence[str]) -> FlowSpec:
    """The flow whose gates have the tests of `also`, too. Raises ConfigError for a target that has none."""
    for name in also:
        if name not in FURTHER:
            guess = did_you_mean(name, FURTHER)
            raise ConfigError(f"--also {name}: no such further judge{guess}", hint=f"there is: {', '.join(FURTHER)}")
    stages = tuple(
        stage.model_copy(
            update={"also": (*stage.also, *(FURTHER[name][stage.name] for name in also if stage.name in FURTHER[name]))}
        )
        for stage in flow.stages
    )
    return flow.model_copy(update={"stages": stages})

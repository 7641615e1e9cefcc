"""What is here, what it allows and how to get the rest. Looks, and changes nothing; `pipeline doctor` prints it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from op_pipeline.doctor.local import local_findings
from op_pipeline.doctor.values import Finding, Report

__all__ = ["Finding", "Report", "examine"]


def examine(
    *,
    sandbox: str = "auto",
    cli: str | None = None,
    environment: Mapping[str, str] | None = None,
    devices: Path = Path("/dev"),
    installed: Path = Path("/opt/tenstorrent"),
) -> Report:
    """Everything, each found by trying it where that is possible.

    `sandbox` and `cli` are the settings `sandbox` and `claude.cli`; `devices` and `installed` are where Tenstorrent's
    driver and packages put cards and compilers.
    """
    import os  # noqa: PLC0415

    from op_pipeline.doctor.real import real_findings  # noqa: PLC0415

    environment = os.environ if environment is None else environment
    local = local_findings(sandbox, cli, environment)
    return Report((*local, *real_findings(environment, devices, installed)))

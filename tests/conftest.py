"""What all tests share: a cache of their own, a git identity, no influence of the user's environment, no credentials."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_LEAKING = (
    "CXX",
    "TT_METAL_HOME",
    "OP_PIPELINE_OPERATIONS",
    "OP_EMULATOR_SEED",
    "OP_EMULATOR_WORKERS",
    "OP_EMULATOR_LANES",
    "OP_PIPELINE_CACHE_MB",
    "CPLUS_INCLUDE_PATH",
    "CPATH",
)
_CREDENTIALS = ("ANTHROPIC_", "CLAUDE")  # no test may reach, or pay for, a model
# No test may reach a model: with these gone a backend finds no credentials and no provider.
_PROVIDERS = ("ANTHROPIC_", "CLAUDE", "AWS_", "OPENAI_", "GOOGLE_", "VERTEX_", "CLOUD_ML_")


@pytest.fixture(scope="session", autouse=True)
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Environment of the whole session; the compile cache is fresh, and shared by the workers of one run."""
    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "op-pipeline-cache"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name in _LEAKING or name.startswith(_PROVIDERS)]:
            patch.delenv(name, raising=False)
        for name in [name for name in os.environ if name.startswith(_CREDENTIALS)]:
            patch.delenv(name)
        patch.setenv("OP_PIPELINE_CACHE", str(cache))
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Test")
            patch.setenv(f"GIT_{role}_EMAIL", "test@example.org")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
        yield cache


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tables that tests recorded, whoever ran them: "table" (title and lines), "row" (title and one line of it)."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, ())]
    tables: dict[str, list[str]] = {}
    for name, text in (entry for report in reports for entry in report.user_properties):
        if name in ("table", "row"):
            title, _, lines = text.partition("\n")
            tables.setdefault(title, []).append(lines)
    for title, lines in sorted(tables.items()):
        terminalreporter.section(f"{title} ({len(lines)})" if len(lines) > 1 else title)
        terminalreporter.write_line("\n".join(sorted(lines)))

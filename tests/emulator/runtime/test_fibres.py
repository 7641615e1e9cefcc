from __future__ import annotations

import platform
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.emulator import compiler


@pytest.mark.parametrize("define", ["", "OP_EMULATOR_UCONTEXT"], ids=["assembly", "ucontext"])
def test_fibres_switch_and_keep_their_state(tmp_path: Path, define: str) -> None:
    sources = [str(Path(__file__).with_name("fibres.cpp")), str(compiler.RUNTIME_HEADERS / "fibre.cpp")]
    program = tmp_path / "fibres"
    argv = [compiler.find_compiler().path, "-std=c++20", "-O2", "-Wall", "-Werror", "-I", str(compiler.RUNTIME_HEADERS)]
    built = proc.run(
        [*argv, *([f"-D{define}"] if define else []), *sources, "-o", str(program)],
        env=compiler.environment(),
        deadline=120,
    )
    assert built.returncode == 0, built.output
    done = proc.run([str(program)], deadline=30)
    assert done.returncode == 0, done.output
    trace, kept, guarded, usable, milliseconds = done.output.split()
    assert (trace, kept, guarded, usable) == ("1234", "2.5", "1", "0")
    if not define and platform.machine() in ("x86_64", "aarch64", "arm64"):
        assert float(milliseconds) < 100  # a million switches; about 10 ms on a quiet machine, ucontext takes 300

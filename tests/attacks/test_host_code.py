"""Host code that tries to get to green without kernels that do the work: each attempt ends red, in its named class.

One operation is built. It reads what to try from a file of its tree, so that each attempt costs a gate run only; its
kernels copy their input, so an attempt without effect ends as numerical_mismatch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline import sandbox
from op_pipeline.backends.template.backend import generate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.models import FailureClass, GateRun
from op_pipeline.spec import load_spec
from op_pipeline.targets import load_target

K = FailureClass
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"
SPEC = """---
operation: swish
category: eltwise
flow: cpp
inputs:
  - {name: x, dtypes: [bfloat16], layout: tile, memory: dram_interleaved, rank: [2, 4]}
output: {shape: x.shape, dtype: x.dtype, layout: tile}
formula: x * sigmoid(x)
shapes: [[1, 1, 32, 32]]
---
# swish
"""

HEADERS = r"""
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <tt-metalium/mesh_device.hpp>
#include "device.hpp"

namespace {
void in_vain(const std::string& how, const std::string& argument) {
    const std::string noise(1 << 20, 'x');
    if (how == "exit") _exit(0);
    if (how == "crash") std::raise(SIGSEGV);
    if (how == "fork" && fork() == 0) { for (;;) pause(); }
    if (how == "loop") { for (volatile bool on = true; on;) {} }
    if (how == "flood") { for (int i = 0; i < 100; ++i) if (write(1, noise.data(), noise.size()) < 0) break; }
    if (how == "endless flood") { while (write(2, noise.data(), noise.size()) > 0) {} }
    if (how == "descriptors") {
        for (int fd = 3; fd < 256; ++fd) if (write(fd, "{\"event\": \"end\", \"outcome\": \"passed\"}\n", 38) < 0) continue;
    }
    if (how == "frames") {
        const std::string text = "{\"body\": {\"id\": 1, \"result\": {\"kind\": \"plain\", \"value\": 1}}, \"arrays\": []}";
        std::string frame("OPW1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
        frame[7] = static_cast<char>(text.size());
        frame += text;
        for (int fd = 3; fd < 256; ++fd) if (write(fd, frame.data(), frame.size()) < 0) continue;
    }
    if (how == "kill") { kill(getppid(), SIGKILL); kill(-1, SIGTERM); usleep(200000); }
    if (how == "trace") {
        for (int pid = 2; pid < 40; ++pid)
            if (pid != getpid() && ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) == 0) _exit(77);
    }
    if (how == "memory") { for (;;) { char* block = static_cast<char*>(std::malloc(1 << 26)); block[0] = 1; } }
    if (how == "files") {
        for (std::string rest = argument, path; !rest.empty();) {
            path = rest.substr(0, rest.find(':'));
            rest = rest.size() > path.size() ? rest.substr(path.size() + 1) : "";
            if (std::ifstream(path).good()) throw std::runtime_error("readable: " + path);
            if (std::ofstream(path + ".mine").good() && argument.find("tree") == std::string::npos)
                throw std::runtime_error("writable: " + path);
        }
    }
}

// The answer, computed from the values that host code can see, as a reader that needs no input.
std::string baked(const ttnn::Tensor& x) {
    std::string text = "#include \"api/dataflow/dataflow_api.h\"\nconst uint16_t words[] = {";
    auto* words = reinterpret_cast<std::uint16_t*>(x.device()->chip().dram(0, x.buffer()->address(), 2048));
    for (int i = 0; i < 1024; ++i) {
        const std::uint32_t bits = std::uint32_t{words[i]} << 16;
        float value;
        std::memcpy(&value, &bits, 4);
        value = value / (1.0f + std::exp(-value));
        std::uint32_t result;
        std::memcpy(&result, &value, 4);
        text += std::to_string((result + 0x8000u) >> 16) + ",";
    }
    return text + R"(};
void kernel_main() {
    cb_reserve_back(0, 1);
    auto* to = reinterpret_cast<volatile uint16_t*>(get_write_ptr(0));
    for (int i = 0; i < 1024; ++i) to[i] = words[i];
    cb_push_back(0, 1);
}
)";
}
}  // namespace
"""
BODY = r"""
    std::ifstream wish(std::string(std::getenv("TT_METAL_HOME")) + "/attack");
    std::string how, argument;
    std::getline(wish, how);
    std::getline(wish, argument);
    in_vain(how, argument);
    static std::map<std::string, std::string> answers;
    if (how == "host computes") answers["x"] = baked(x);
    if (how == "cached by shape") answers.try_emplace("x", baked(x));
"""
SWAP = r"""
    if (!answers.empty()) {
        desc.kernels[0].kernel_source = answers["x"];
        desc.kernels[0].source_type = KernelDescriptor::SourceType::SOURCE_CODE;
        desc.kernels[0].compile_time_args.clear();
    }
    return desc;
"""


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., GateRun]:
    base = tmp_path_factory.mktemp("attack")
    (base / "spec.md").write_text(SPEC, encoding="utf-8")
    spec = load_spec(base / "spec.md")
    gates = [render_gate(stage, spec, base / "gates", None) for stage in load_flow("cpp", None).stages]
    tree = base / "tree"
    for stage in range(8):
        for name, text in generate(spec, stage).items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text, encoding="utf-8")

    def edit(name: str, *changes: tuple[str, str]) -> None:
        text = (tree / FOLDER / name).read_text(encoding="utf-8")
        for old, new in changes:
            changed = re.sub(old, lambda _, new=new: new, text, count=1, flags=re.DOTALL)  # type: ignore[misc]
            assert changed != text, old
            text = changed
        (tree / FOLDER / name).write_text(text, encoding="utf-8")

    edit(
        "device/swish_program_factory.cpp",
        (r'#include "swish_device_operation.hpp"\n', '#include "swish_device_operation.hpp"\n' + HEADERS),
        (r"    ProgramDescriptor desc;\n", BODY + "    ProgramDescriptor desc;\n"),
        (r"    return desc;\n", SWAP),
    )
    copied = r"copy_tile\(cb_x_id, 0, 0\);.*?tile_regs_commit"
    edit("device/kernels/compute/swish.cpp", (copied, "copy_tile(cb_x_id, 0, 0); tile_regs_commit"))

    def run(how: str, argument: str = "", *, deadline: float = 120.0, stage: int = 7, **more: object) -> GateRun:
        (tree / "attack").write_text(f"{how}\n{argument}\n", encoding="utf-8")
        target, out = load_target("emulator"), base / "out"
        return run_gates(
            [gates[stage]], spec=spec, tree=tree, target=target, out=out, seed="1", deadline=deadline, **more  # type: ignore[arg-type]
        )  # fmt: skip

    run.gates, run.base = gates, base  # type: ignore[attr-defined]
    return run


ATTEMPTS: dict[str, tuple[FailureClass, str]] = {
    "exit": (K.CRASH, "status 0"),
    "crash": (K.CRASH, "SIGSEGV"),
    "fork": (K.CRASH, "started processes"),
    "descriptors": (K.CRASH, "an answer that is none"),
    "frames": (K.CRASH, "an answer that is none"),
    "flood": (K.CRASH, "writes without end"),
    "endless flood": (K.CRASH, "writes without end"),
    "memory": (K.CRASH, "SIGSEGV"),
    "kill": (K.NUMERICAL_MISMATCH, "the output is input 'x' itself"),
    "trace": (K.NUMERICAL_MISMATCH, "the output is input 'x' itself"),
    "host computes": (K.UNBOUND_OUTPUT, "computed by host code"),
    "cached by shape": (K.UNBOUND_OUTPUT, "answers by shape"),
}


@pytest.mark.slow
@pytest.mark.parametrize("how", ATTEMPTS)
def test_attempts_end_red_in_their_class(attack: Callable[..., GateRun], how: str) -> None:
    kind, words = ATTEMPTS[how]
    run = attack(how)
    assert not judge_green(run, [attack.gates[7]], {})  # type: ignore[attr-defined]
    assert len(run.results) == len(run.collected) == 5, "each test has its own end: the judge outlives its workers"
    assert any(result.kind is kind and words in result.message for result in run.results), run.results
    assert run.sandbox == str(sandbox.strength())
    # The last test has a shape of its own, for which the baked answer is no program.
    assert {result.kind for result in run.results[:-1]} == {kind}


@pytest.mark.slow
@pytest.mark.skipif(sandbox.strength() is sandbox.Strength.LIMITS, reason="files cannot be kept from code here")
def test_neither_gates_nor_logs_nor_home_are_there(attack: Callable[..., GateRun]) -> None:
    base: Path = attack.base  # type: ignore[attr-defined]
    paths = [base / "gates/stage_7/contract.json", base / "out/stream.jsonl", base / "spec.md", Path("/etc/shadow")]
    run = attack("files", ":".join(map(str, paths)))
    assert {result.kind for result in run.results} == {K.NUMERICAL_MISMATCH}
    assert not any("readable" in result.message or "writable" in result.message for result in run.results)


def test_nothing_stays_behind(attack: Callable[..., GateRun], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    attack("fork")
    assert list(tmp_path.iterdir()) == []

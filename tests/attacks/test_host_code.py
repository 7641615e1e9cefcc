"""Host code that tries to get to green without kernels that do the work: each attempt ends red, in its named class.

One operation is built. It reads what to try from a file of its tree, so that each attempt costs a gate run only; its
kernels copy their input, so an attempt without effect ends as numerical_mismatch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import op_pipeline
from op_pipeline import sandbox
from op_pipeline.backends.template.backend import generate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.gates.seal import verify_seal
from op_pipeline.models import FailureClass, GateRun
from op_pipeline.spec import load_spec
from op_pipeline.targets import load_target
from op_pipeline.testing.attacks import HOST, IN_VAIN, Attack

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
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <dlfcn.h>
#include <unistd.h>
#include <tt-metalium/mesh_device.hpp>
#include "device.hpp"

namespace {
void python(const char* code) {  // as any library in that process may
    if (auto run = reinterpret_cast<int (*)(const char*, void*)>(dlsym(RTLD_DEFAULT, "PyRun_SimpleStringFlags"))) run(code, nullptr);
}
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
    if (how == "daemon") {
        if (fork() == 0) { setsid(); if (fork() == 0) { for (int i = 0; i < 50; ++i) { std::ofstream(argument) << "mine"; usleep(20000); } } _exit(0); }
        wait(nullptr);
    }
    if (how == "environment") { for (const char* name : {"LD_PRELOAD", "PYTHONPATH", "PATH", "OP_EMULATOR_SEED"}) setenv(name, "/nonexistent", 1); }
    if (how == "monkeypatch") python(
        "import sys, numpy\nnumpy.allclose = numpy.array_equal = lambda *a, **k: True\n"
        "for n, m in list(sys.modules.items()):\n"
        "    if n.startswith('op_pipeline') and hasattr(m, 'compare'): m.compare = lambda *a, **k: True\n");
    if (how == "disk") { std::string name = std::string(std::getenv("TMPDIR")) + "/big"; FILE* file = std::fopen(name.c_str(), "w"); while (std::fwrite(noise.data(), 1, noise.size(), file) == noise.size()) {} }
    if (how == "many files") { for (int fd = 0; fd >= 0;) fd = dup(2); }
    if (how == "fork bomb") { for (;;) fork(); }
    if (how == "detects the judge") { if (access("/proc/self/cmdline", R_OK) == 0 && std::getenv("PYTEST_CURRENT_TEST")) _exit(0); }
    if (how == "network" && socket(AF_INET, SOCK_STREAM, 0) >= 0) {
        sockaddr_in to{}; to.sin_family = AF_INET; to.sin_port = htons(53); to.sin_addr.s_addr = htonl(0x01010101);
        int s = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(s, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) throw std::runtime_error("readable: network");
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
    std::string elsewhere;
    static std::map<std::string, std::string> answers;
    if (how == "host computes") answers["x"] = baked(x);
    if (how == "source elsewhere") {
        elsewhere = argument;
    }
    if (how == "cached by shape") answers.try_emplace("x", baked(x));
"""
SWAP = r"""
    if (!elsewhere.empty()) desc.kernels[0].kernel_source = elsewhere;
    if (how == "includes by define") desc.kernels[0].defines.push_back({"X", "1\n#include <fstream>"});
    if (how == "two thousand kernels") for (int i = 0; i < 2000; ++i) desc.kernels.push_back(desc.kernels[0]);
    if (how == "no kernels") desc.kernels.clear();
    if (how == "assembly of text") {
        desc.kernels[0].kernel_source = "asm(\".inc\" \"bin \\\"" + argument + "\\\"\");\nvoid kernel_main() {}\n";
        desc.kernels[0].source_type = KernelDescriptor::SourceType::SOURCE_CODE;
    }
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


VAIN = (K.NUMERICAL_MISMATCH, "the output is input 'x' itself")


def host(name: str, what: str, kind: FailureClass, words: str, argument: str = "") -> Attack:
    ends = f"{IN_VAIN}: {kind}" if (kind, words) == VAIN else str(kind)
    return Attack(name, HOST, what, ends, (kind, argument), words)


# `BASE` in an argument is the folder of gates, spec and output.
ATTACKS = [
    host("exit", "ends its process with status 0", K.CRASH, "status 0"),
    host("crash", "a segmentation fault, so that nobody can judge", K.CRASH, "SIGSEGV"),
    host("fork", "leaves a process behind", K.CRASH, "started processes"),
    host("fork bomb", "processes without end", K.CRASH, ""),
    host("daemon", "a detached process that writes over the gate later", *VAIN, "BASE/gates/stage_7/contract.json"),
    host("descriptors", "writes results to every open file", K.CRASH, "an answer that is none"),
    host("frames", "writes answers of the protocol to every open file", K.CRASH, "an answer that is none"),
    host("flood", "100 MiB of output", K.CRASH, "writes without end"),
    host("endless flood", "output without end", K.CRASH, "writes without end"),
    host("memory", "takes memory without end", K.CRASH, "SIGSEGV"),
    host("disk", "fills the disk", *VAIN),
    host("many files", "opens files until no more can be", *VAIN),
    host("kill", "ends its parent and everybody else", *VAIN),
    host("trace", "ptrace of judge and workers", *VAIN),
    host("environment", "variables that steer loaders and Python", *VAIN),
    host("monkeypatch", "replaces comparisons in NumPy and the program, in its process", *VAIN),
    host("detects the judge", "behaves well only where it is judged", *VAIN),
    host("network", "asks somebody for the answer", *VAIN),
    host("host computes", "the answer for the inputs it sees, baked into a kernel", K.UNBOUND_OUTPUT, "computed by host code"),
    host("cached by shape", "the answer of its first call for all of that shape", K.UNBOUND_OUTPUT, "answers by shape"),
    host("source elsewhere", "a kernel from a file that is not in the tree", K.PROTOCOL_ERROR, "not in the work tree", op_pipeline.__file__),
    host("assembly of text", "a kernel given as text with .incbin of the gate", K.COMPILE_ERROR, "no source of the work tree", "BASE/gates/stage_7/contract.json"),
    host("includes by define", "a define that brings lines of its own", K.COMPILE_ERROR, "on one line"),
    host("two thousand kernels", "a program larger than anything real", K.CRASH, "an answer that is none"),
    host("no kernels", "a program that does nothing", K.NAN_OR_INF, "no element was written"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sandbox.strength() is sandbox.Strength.LIMITS, reason="possible there: docs/sandbox.md")
@pytest.mark.parametrize("item", ATTACKS, ids=lambda item: item.name)
def test_attempts_end_red_in_their_class(
    attack: Callable[..., GateRun], told: Callable[[Attack], None], item: Attack
) -> None:
    told(item)
    kind, argument = item.act
    run = attack(item.name, argument.replace("BASE", str(attack.base)))  # type: ignore[attr-defined]
    assert not judge_green(run, [attack.gates[7]], {})  # type: ignore[attr-defined]
    assert len(run.results) == len(run.collected) == 5, "each test has its own end: the judge outlives its workers"
    assert any(result.kind is kind and item.words in result.message for result in run.results), run.results
    assert run.sandbox == str(sandbox.strength())
    # The last test has a shape of its own, for which the baked answer is no program.
    assert {result.kind for result in run.results[:-1]} == {kind}
    assert verify_seal(attack.gates[7]) == ()  # type: ignore[attr-defined]


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

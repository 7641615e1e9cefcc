"""Kernels that want to be taken for good ones. One honest operation is built; only its kernels are changed.

Everything but the kernels is honest, so what does not work ends as what the kernels really give.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator

import pytest

from op_pipeline.backends.template.backend import generate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.models import FailureClass, GateRun
from op_pipeline.spec import load_spec
from op_pipeline.targets import load_target
from op_pipeline.testing.attacks import KERNEL, Attack

K = FailureClass
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish/device/kernels"
READER, COMPUTE, WRITER = (
    f"{FOLDER}/{name}" for name in ("dataflow/reader_swish.cpp", "compute/swish.cpp", "dataflow/writer_swish.cpp")
)
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
# The system itself, asked by assembly: what no list of function names stops.
SYSTEM = """
static inline long ask(long number, long a = 0, long b = 0, long c = 0, long d = 0) {
    long result;
    register long fourth asm("r10") = d;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
    return result;
}
"""
NO_SYSTEM = "kernels have no operating system"
Edit = tuple[str, str, str]  # file, pattern, what stands there instead
START = r"void kernel_main\(\) \{\n"
CALCULATION = r"copy_tile\(cb_x_id, 0, 0\);.*?tile_regs_commit"
WRITTEN = r"noc\.async_write\(.*?\);"


def asked(call: str, *, file: str = WRITER) -> tuple[Edit, ...]:
    """Ask the system for something at the kernel's start."""
    return ((file, START, f"{SYSTEM}void kernel_main() {{\n    {call};\n"),)


def before(text: str, file: str = WRITER) -> tuple[Edit, ...]:
    """Put text in front of the kernel."""
    return ((file, START, f"{text}\nvoid kernel_main() {{\n"),)


def filled(value: str) -> tuple[Edit, ...]:
    """The writer's own values in place of what was computed."""
    words = (
        "auto* to = reinterpret_cast<volatile uint16_t*>(cb_output.get_read_ptr());\n"
        f"        for (uint32_t i = 0; i < 1024; ++i) to[i] = {value};\n        "
    )
    return ((WRITER, f"({WRITTEN})", words + r"\1"),)


def attack(  # noqa: PLR0917 - a row of a table
    name: str, what: str, kind: FailureClass, words: str, edits: tuple[Edit, ...], ends: str = ""
) -> Attack:
    return Attack(name, KERNEL, what, ends or str(kind), (kind, edits), words)


ATTACKS = [
    attack("zeros", "every element is zero", K.NUMERICAL_MISMATCH, "every element is zero",
           filled("0")),
    attack("identity", "hands the input on", K.NUMERICAL_MISMATCH, "the output is input 'x' itself",
           ((COMPUTE, CALCULATION, "copy_tile(cb_x_id, 0, 0); tile_regs_commit"),)),
    attack("a constant", "every element is 1", K.NUMERICAL_MISMATCH, "every element is 1", filled("0x3f80")),
    attack("NaN as wildcard", "every element is NaN, which equals and differs from everything", K.NAN_OR_INF, "",
           filled("0x7fc0")),
    attack("infinity as wildcard", "every element is infinite", K.NAN_OR_INF, "", filled("0x7f80")),
    attack("hard-coded answers", "a table of plausible values, the same for whatever comes", K.UNBOUND_OUTPUT,
           "other inputs gave the same", filled("0x3f00 + i % 97")),
    attack("answers by size", "other tables for other amounts of work", K.UNBOUND_OUTPUT, "other inputs gave the same",
           filled("0x3e00 + (i * num_tiles + start_id) % 211")),
    attack("stale memory", "writes nothing, and hopes that the memory holds an earlier answer", K.NAN_OR_INF,
           "no element was written", ((WRITER, WRITTEN, ""),)),
    attack("stale memory in part", "writes a quarter of each tile", K.NAN_OR_INF, "elements are NaN",
           ((WRITER, r"output_accessor, output_tile_bytes,", "output_accessor, output_tile_bytes / 4,"),)),
    attack("inputs written over", "gives the right answer, and then changes the input to fit another",
           K.PROTOCOL_ERROR, "write over input",
           ((READER, r"(noc\.async_read_barrier\(\);)",
             (r"\1 noc.async_write(cb_x, x_accessor, x_tile_bytes - 64, {.offset_bytes = 64}, {.page_id = tile_id});"
             r" noc.async_write_barrier();")),)),
    attack("expected values from memory", "reads device memory that no tensor has", K.PROTOCOL_ERROR, "",
           ((READER, r"TensorAccessor\(x_args, x_addr\)", "TensorAccessor(x_args, x_addr + (1 << 20))"),)),
    attack("forged report", "tells the emulator by itself that all went well, and ends", K.NAN_OR_INF,
           "no element was written",
           asked("char all[4096] = {'R'}; ask(1, 3, (long)all, 81); ask(231, 0)", file=READER)),
    attack("torn report", "answers in the emulator's name with half an answer", K.PROTOCOL_ERROR, "without an answer",
           asked("char all[8] = {'R'}; ask(1, 3, (long)all, 3); ask(231, 0)", file=READER)),
    attack("every descriptor", "writes a forged answer to each open file", K.PROTOCOL_ERROR, NO_SYSTEM,
           asked('for (int fd = 4; fd < 256; ++fd) ask(1, fd, (long)"OPW1", 4)')),
    attack("endless words", "writes to standard error for ever", K.CRASH, "writes without end",
           asked("static char words[1 << 16]; for (;;) ask(1, 2, (long)words, sizeof words)")),
    attack("fork", "starts a process that stays", K.PROTOCOL_ERROR, NO_SYSTEM, asked("if (ask(57) == 0) for (;;) ask(34)")),
    attack("clone", "starts a thread beside the emulator", K.PROTOCOL_ERROR, NO_SYSTEM, asked("ask(56, 0x100)")),
    attack("fork bomb", "starts processes without end", K.PROTOCOL_ERROR, NO_SYSTEM, asked("for (;;) ask(57)")),
    attack("kills its parent", "ends the device worker before it can look", K.PROTOCOL_ERROR, NO_SYSTEM,
           asked("ask(62, ask(110), 9)")),
    attack("kills everybody", "SIGKILL to all processes", K.PROTOCOL_ERROR, NO_SYSTEM, asked("ask(62, -1, 9)")),
    attack("traces its parent", "ptrace of the device worker", K.PROTOCOL_ERROR, NO_SYSTEM, asked("ask(101, 16, ask(110))")),
    attack("writes its parent's memory", "process_vm_writev", K.PROTOCOL_ERROR, NO_SYSTEM, asked("ask(311, 1)")),
    attack("answers from a file", "opens a file of the machine", K.PROTOCOL_ERROR, NO_SYSTEM,
           asked('ask(257, -100, (long)"/etc/passwd", 0)')),
    attack("C library", "open() as a function", K.COMPILE_ERROR, "neither the kernel nor the emulator defines it",
           (*before('extern "C" int open(const char*, int, ...);\nstatic int taken() { return open("/dev/null", 2); }'), (WRITER, r"Noc noc;", "if (taken() > 0) { return; } Noc noc;"))),
    attack("dlopen", "loads another library", K.COMPILE_ERROR, "neither the kernel nor the emulator defines it",
           (*before('extern "C" void* dlopen(const char*, int);\nstatic void* more() { return dlopen("libm.so.6", 1); }'), (WRITER, r"Noc noc;", "if (more()) { return; } Noc noc;"))),
    attack("network", "opens a socket", K.PROTOCOL_ERROR, NO_SYSTEM, asked("ask(41, 2, 1)")),
    attack("another program", "execve of a shell", K.PROTOCOL_ERROR, NO_SYSTEM, asked('ask(59, (long)"/bin/sh")')),
    attack("takes over the signals", "a handler of its own for refused calls", K.PROTOCOL_ERROR, NO_SYSTEM,
           asked("ask(13, 31, 0, 0, 8)")),
    attack("constructor", "code that runs while the kernel is loaded", K.PROTOCOL_ERROR, "system call 57",
           before(SYSTEM + "__attribute__((constructor)) static void early() { ask(57); }")),
    attack("constructor writes a file", "makes a file while the kernel is loaded", K.PROTOCOL_ERROR, "system call 257",
           before(SYSTEM + '__attribute__((constructor)) static void early() { ask(257, -100, (long)"planted", 65, 438); }')),
    attack("ends the process", "_exit before anybody can look", K.PROTOCOL_ERROR, "without an answer", asked("ask(231, 0)")),
    attack("memory", "takes memory without end", K.PROTOCOL_ERROR, "",
           asked("for (;;) { auto* p = (volatile char*)ask(9, 0, 1 << 26, 3, 34); for (long i = 0; i < 1 << 26; i += 4096) p[i] = 1; }")),
    attack("includes a gate", "#include of the gate's contract, whose words would stand in the errors", K.COMPILE_ERROR,
           "no source of the work tree", before('#include "CONTRACT"')),
    attack("embeds the log", ".incbin of the run's record", K.COMPILE_ERROR, "no source of the work tree",
           before('asm(".pushsection .rodata\\\\n.inc" "bin \\\\"CONTRACT\\\\"\\\\n.popsection");')),
    attack("includes the system's files", "#include of a file in /etc by way of a header folder", K.COMPILE_ERROR,
           "no source of the work tree", before("#include <../../../../../../../../../../../../etc/hostname>")),
    attack("an operating system's headers", "streams and files in a kernel", K.COMPILE_ERROR, "operating system",
           before("#include <fstream>")),
    attack("includes itself", "a source without end", K.COMPILE_ERROR, "", before("#include __FILE__")),
    attack("no text", "a kernel of bytes that are no text", K.COMPILE_ERROR, "UTF-8", ((WRITER, r"\A.*\Z", "\udcff"),)),
]  # fmt: skip

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="system calls of Linux on x86-64"
    ),
]
Run = Callable[[tuple[Edit, ...]], GateRun]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    base = tmp_path_factory.mktemp("kernels")
    (base / "spec.md").write_text(SPEC, encoding="utf-8")
    spec = load_spec(base / "spec.md")
    gate = render_gate(load_flow("cpp", None).stages[7], spec, base / "gates", None)
    honest = {name: text for stage in range(8) for name, text in generate(spec, stage).items()}
    tree = base / "tree"

    def attempt(edits: tuple[Edit, ...]) -> GateRun:
        texts = dict(honest)
        for file, pattern, new in edits:
            changed = re.sub(pattern, new, texts[file], count=1, flags=re.DOTALL)
            assert changed != texts[file], f"{pattern!r} is not in the text"
            texts[file] = changed.replace("CONTRACT", str(base / "gates/stage_7/contract.json"))
        for name, text in texts.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text, encoding="utf-8", errors="surrogateescape")
        target, out = load_target("emulator"), base / "out"
        done = run_gates([gate], spec=spec, tree=tree, target=target, out=out, seed="1", deadline=120)
        assert bool(judge_green(done, [gate], {})) is (not edits)
        return done

    yield attempt
    assert not list(base.rglob("planted"))


def test_the_honest_kernels_are_green(run: Run) -> None:
    run(())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_kernel_code(run: Run, told: Callable[[Attack], None], attack: Attack) -> None:
    told(attack)
    kind, edits = attack.act
    done = run(edits)
    assert len(done.results) == len(done.collected) == 5, "each test has its own end: the judge outlives its workers"
    assert any(
        result.kind is kind and attack.words in f"{result.message} {result.excerpt}" for result in done.results
    ), done.results

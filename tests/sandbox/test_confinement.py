"""What confined code can reach: the table of docs/sandbox.md, tried out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from op_pipeline import proc, sandbox
from op_pipeline.sandbox.building import in_limits

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sandbox.md"

# Prints what worked, as a JSON object. Runs inside; argv: the world's paths and numbers.
EXPLORER = r"""
import ctypes, json, os, socket, sys
world = json.loads(sys.argv[1])
outside, secret, scratch = world["outside"], world["secret"], world["scratch"]
worked = {}
def attempt(name, function):
    try:
        result = function()
        worked[name] = True if result is None else bool(result)
    except Exception as error:
        worked[name] = False
        print(name, type(error).__name__, error, file=sys.stderr)
def write(path): open(path, "a").close()
def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as it:
        it.settimeout(5)
        it.connect(address)
def link_out():
    os.symlink(outside, scratch + "/made")
    write(scratch + "/made/through")
def datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as it:
        it.sendto(b"x", ("127.0.0.1", world["datagrams"]))
def mount():
    if ctypes.CDLL(None, use_errno=True).mount(b"none", scratch.encode(), b"tmpfs", 0, None): raise OSError("mount")
def devices():
    assert len(open("/dev/urandom", "rb").read(8)) == 8
    open("/dev/null", "w").write("x")
def temporary():
    import tempfile
    tempfile.tempdir = scratch
    with tempfile.NamedTemporaryFile() as file: file.write(b"x")
    os.makedirs(scratch + "/a/b"); os.rename(scratch + "/a/b", scratch + "/a/c")
attempt("write in the scratch folder", temporary)
attempt("devices", devices)
attempt("write elsewhere", lambda: write(outside + "/new"))
attempt("cut a file elsewhere", lambda: os.truncate(world["victim_file"], 0))
attempt("remove a file elsewhere", lambda: os.unlink(world["victim_file_2"]))
attempt("write by a link that is there", lambda: write(scratch + "/link/through"))
attempt("write by a link of its own", link_out)
attempt("read a file that is not allowed", lambda: open(secret).read())
attempt("list a folder that is not allowed", lambda: os.listdir(outside))
attempt("read in /etc", lambda: open("/etc/hostname").read() is not None)
attempt("connect by TCP", lambda: connect(socket.AF_INET, ("127.0.0.1", world["port"])))
attempt("send by UDP", datagram)
attempt("connect by an abstract socket", lambda: connect(socket.AF_UNIX, "\0" + world["abstract"]))
attempt("connect by a socket in the file system", lambda: connect(socket.AF_UNIX, world["socket"]))
attempt("read of another process", lambda: world["mark"] in open(f"/proc/{world['process']}/cmdline").read())
attempt("signal another process", lambda: os.kill(world["process"], 0))
attempt("mount", mount)
print(json.dumps(worked))
"""

# What each way allows; the others of the explorer are refused.
ALWAYS = {"write in the scratch folder", "devices"}
FILES = {
    *("write elsewhere", "cut a file elsewhere", "remove a file elsewhere", "write by a link that is there"),
    *("write by a link of its own", "read a file that is not allowed", "list a folder that is not allowed"),
    "read in /etc",
}
ALLOWED: dict[str, set[str]] = {
    "bubblewrap": set(),
    "landlock": {"connect by a socket in the file system"},
    "landlock alone": {"connect by a socket in the file system", "send by UDP"},
    "limits": {*FILES, "connect by a socket in the file system"},
    "limits alone": {
        *FILES,
        *("connect by a socket in the file system", "read of another process", "connect by TCP", "send by UDP"),
        *("connect by an abstract socket", "signal another process"),
    },
}


@dataclass
class World:
    facts: dict[str, Any]
    outside: Path
    datagrams: socket.socket

    def datagram_arrived(self) -> bool:
        """Inside, one may be sent to a loopback where nobody listens."""
        try:
            return self.datagrams.recv(1) == b"x"
        except BlockingIOError:
            return False


@pytest.fixture
def world(tmp_path: Path, confined: Any) -> Iterator[World]:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("secret", "victim", "victim_2"):
        (outside / name).write_text("text\n")
    (confined.folder / "link").symlink_to(outside)
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        datagrams = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        datagrams.bind(("127.0.0.1", 0))
        datagrams.setblocking(False)
        abstract, named = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        name = f"op-pipeline-test-{os.getpid()}-{time.monotonic_ns()}"
        abstract.bind(f"\0{name}")
        short = Path(f"/proc/self/fd/{stack.enter_context(directory(outside))}")  # socket paths are short
        named.bind(str(short / "socket"))
        for listening in (abstract, named):
            listening.listen()
        facts = {
            "outside": str(outside),
            "secret": str(outside / "secret"),
            "scratch": str(confined.folder),
            "victim_file": str(outside / "victim"),
            "victim_file_2": str(outside / "victim_2"),
            "port": tcp.getsockname()[1],
            "datagrams": datagrams.getsockname()[1],
            "abstract": name,
            "socket": str(outside / "socket"),
            "process": os.getpid(),
            "mark": "pytest",
        }
        yield World(facts, outside, datagrams)


@contextlib.contextmanager
def directory(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_PATH)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_what_can_be_reached(confined: Any, world: World) -> None:
    world.facts["mark"] = Path("/proc/self/cmdline").read_text().split("\0")[0]
    done = confined.python(EXPLORER, json.dumps(world.facts))
    assert done, done.errors
    worked = json.loads(done.output)
    worked["send by UDP"] &= world.datagram_arrived()
    expected = ALWAYS | ALLOWED[confined.way]
    abi = sandbox.possible().landlock_abi
    if confined.way == "landlock alone":
        expected |= {"connect by TCP"} if abi < 4 else set()
        expected |= {"connect by an abstract socket", "signal another process"} if abi < 6 else set()
    assert {name for name, it in worked.items() if it} == expected, done.errors
    assert set(worked) >= FILES | ALWAYS
    if not expected & FILES:
        assert sorted(path.name for path in world.outside.iterdir()) == ["secret", "socket", "victim", "victim_2"]
        assert (world.outside / "victim").read_text() == "text\n"


def test_the_table_of_the_document_is_what_was_tried() -> None:
    rows = re.findall(r"^\| ([^|]+?) +\| ([^|]+?) +\| ([^|]+?) +\| ([^|]+?) +\|$", DOCUMENT.read_text(), re.MULTILINE)
    table = {name: cells for name, *cells in rows if name in set().union(*ALLOWED.values())}
    assert set(table) == set().union(*ALLOWED.values())
    for name, cells in table.items():
        for column, way in enumerate(("bubblewrap", "landlock", "limits")):
            allowed = [name in ALLOWED[way], name in ALLOWED.get(f"{way} alone", ALLOWED[way])]
            words = {(False, False): "refused", (False, True): "refused with namespaces", (True, True): "possible"}
            assert cells[column] == words[allowed[0], allowed[1]], (name, way)


def test_the_interpreter_this_package_and_the_emulator_work(confined: Any) -> None:
    text = (
        "import numpy, op_pipeline.emulator as e; e.activate(); import ttnn; print(numpy.ones(3).sum(), ttnn.bfloat16)"
    )
    done = confined.run(sys.executable, "-I", "-B", "-c", text, memory=4 << 30)
    assert done.output.startswith("3.0 "), done.errors


def test_a_folder_to_read_is_read_and_not_written(confined: Any, tmp_path: Path) -> None:
    given = tmp_path / "given"
    (given / "inner").mkdir(parents=True)
    (given / "inner" / "file").write_text("said\n")
    alias = tmp_path / "alias"
    alias.symlink_to(given)
    script = f"cat {alias}/inner/file {given}/inner/file; echo x > {given}/new && echo wrote"
    done = confined.run("sh", "-c", script, read=(alias, tmp_path / "is not there"))
    refused = not confined.way.startswith("limits")
    assert done.output == "said\nsaid\n" + ("" if refused else "wrote\n"), done.errors
    assert (given / "new").exists() is not refused


def test_a_folder_to_write_within_one_to_read(confined: Any, tmp_path: Path) -> None:
    done = confined.run("sh", "-c", f"cd {tmp_path} && ls && echo said > scratch/file", read=(tmp_path,))
    assert done, done.errors
    assert (confined.folder / "file").read_text() == "said\n"


def test_no_capability_is_left_and_none_comes_back(confined: Any) -> None:
    done = confined.run("grep", "-E", "CapPrm|CapEff|CapBnd|NoNewPrivs", "/proc/self/status")
    values = dict(line.split(":\t") for line in done.output.splitlines())
    assert set(values) == {"CapPrm", "CapEff", "CapBnd", "NoNewPrivs"}
    assert (int(values["CapPrm"], 16), int(values["CapEff"], 16), values["NoNewPrivs"]) == (0, 0, "1")
    if os.geteuid() == 0:
        assert int(values["CapBnd"], 16) == 0


def test_only_the_sandbox_processes_are_seen(tmp_path: Path) -> None:
    if why := sandbox.possible().bubblewrap:
        pytest.skip(why)
    rules = sandbox.Rules((), (tmp_path,), 1 << 30, 20, 1 << 20, 40)
    done = proc.run(sandbox.confined(["sh", "-c", "ls /proc | grep -c '^[0-9]'; ls /"], rules, wanted="bubblewrap"))
    count, *folders = done.output.split()
    assert int(count) <= 5
    assert not {"home", "root", "sys", "work", "var"} & set(folders) - {Path(sys.prefix).parts[1]} - roots_in_use()


def roots_in_use() -> set[str]:
    """First folders of the interpreter and of this package: they are there, with nothing else in them."""
    import op_pipeline  # noqa: PLC0415

    paths = [*map(Path, op_pipeline.__path__), Path(sys.executable).resolve(), Path(sys.base_prefix), Path("/sys/x")]
    return {path.parts[1] for path in paths}


CURIOUS = "import sys; print(len(open(f'/proc/{sys.argv[1]}/environ', 'rb').read()) > 0)"


@pytest.mark.parametrize("hidden", [False, True])
def test_an_undumpable_process_keeps_its_environment_to_itself(tmp_path: Path, hidden: bool) -> None:
    # Both in the weakest sandbox: of the same user and without capabilities.
    rules = sandbox.Rules((), (tmp_path,), 1 << 30, 20, 1 << 20, 40)
    holder = f"""
import os, sys
from op_pipeline import proc, sandbox
from op_pipeline.sandbox import Rules
from op_pipeline.sandbox.building import in_limits
from pathlib import Path
{"sandbox.undumpable()" if hidden else ""}
rules = Rules((), (Path({str(tmp_path)!r}),), 1 << 30, 20, 1 << 20, 40)
print(proc.run(in_limits([sys.executable, "-c", {CURIOUS!r}, str(os.getpid())], rules, namespaces=False)).output)
"""
    done = proc.run(in_limits([sys.executable, "-c", holder], rules, namespaces=False), deadline=60)
    assert done, done.output
    assert ("PermissionError" in done.output) is hidden, done.output
    assert ("True" in done.output) is not hidden

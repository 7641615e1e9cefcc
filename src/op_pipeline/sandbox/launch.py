"""Runs a command under limits; started as `python -I -S -B launch.py PLAN COMMAND…`, outside the package.

Two parts. The supervisor stays outside of what it confines: it counts processes, passes the exit status on and leaves
nothing behind. `apply` makes the calling process give up what the plan takes away, and becomes the command. PLAN is a
JSON object: `around` (a command that makes the inside: bubblewrap), `namespaces`, `processes`, `inside` (the limits).

Numbers of system calls and flags: linux/landlock.h, linux/prctl.h, linux/sched.h, linux/capability.h.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

# What the supervisor itself says with its exit status; the reason is on stderr, after MARK.
REFUSED = 125
TOO_MANY = 124
MARK = "sandbox:"

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER = 0x00020000, 0x08000000, 0x10000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_MS_NOSUID_NODEV_NOEXEC, _MS_REC, _MS_PRIVATE = 2 | 4 | 8, 1 << 14, 1 << 18
_CAPABILITY_VERSION_3 = 0x20080522
_LOOK_SECONDS = 0.05
_KILL_SECONDS = 10.0
_ENDING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

# linux/landlock.h: rights on files, by the ABI that brought them.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: _IOCTL_DEV}
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_READING = _EXECUTE | _READ_FILE | _READ_DIR
_TCP_BIND_AND_CONNECT, _ABSTRACT_SOCKETS_AND_SIGNALS = 3, 3
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def landlock_abi() -> int:
    """Version of the kernel's Landlock interface; 0 without one."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)))


def undumpable() -> None:
    """Keep other processes of the same user out of this one's memory, environment and open files. Undone by exec."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")


def main(argv: list[str]) -> NoReturn:
    """Do what PLAN says. Exits with the command's status, 128 + n for signal n, or a status of our own."""
    plan, command = json.loads(argv[0]), argv[1:]
    try:
        if "processes" in plan:
            supervise(plan, command)
        apply(plan["inside"], command)
    except OSError as error:
        refuse(f"{error.strerror or error}")


def refuse(why: str, status: int = REFUSED) -> NoReturn:
    """Say why on stderr and end at once."""
    with contextlib.suppress(OSError):
        os.write(2, f"{MARK} {why}\n".encode())
    os._exit(status)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


# --- the supervisor ---------------------------------------------------------------------------------------------------


def supervise(plan: Mapping[str, Any], command: list[str]) -> NoReturn:
    """Start the inside, watch it, end with its status."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper")
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, *_ENDING})
    if plan["namespaces"]:
        separate()
    inside = _fork()
    if inside == 0:
        if plan["around"]:
            _restore_signals()
            _become([*plan["around"], *command])
        if plan["namespaces"]:
            _first_process(plan["inside"], command)
        apply(plan["inside"], command)
    status, why = _watch(inside, plan["processes"])
    _end_all(inside)
    if why:
        refuse(why, TOO_MANY)
    os._exit(status)


def separate() -> None:
    """Namespaces of our own for network, processes and IPC. The next child is the first process in there."""
    flags = _CLONE_NEWNET | _CLONE_NEWPID | _CLONE_NEWIPC
    user, group = os.geteuid(), os.getegid()
    if user == 0 and _libc.unshare(flags) == 0:
        return  # else root of a container, without the right to do so
    _check(_libc.unshare(flags | _CLONE_NEWUSER), "namespaces")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib costs milliseconds
            file.write(text)


def _fork() -> int:
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() not in {parent, 0}:  # 0: the parent is outside of this namespace
            os._exit(REFUSED)
    return child


def _first_process(inside: Mapping[str, Any], command: list[str]) -> NoReturn:
    """The first process of a namespace ignores most signals, so it only waits. When it ends, all others there do."""
    _check(_libc.unshare(_CLONE_NEWNS), "namespaces")  # here: the supervisor must go on seeing all processes
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "namespaces")
    _check(_libc.mount(b"proc", b"/proc", b"proc", _MS_NOSUID_NODEV_NOEXEC, None), "namespaces")
    child = _fork()
    if child == 0:
        apply(inside, command)
    while True:
        ended, raw = os.waitpid(-1, 0)
        if ended == child:
            os._exit(_status(raw))


def _status(raw: int) -> int:
    code = os.waitstatus_to_exitcode(raw)
    return code if code >= 0 else 128 - code


def _watch(inside: int, most: int) -> tuple[int, str]:
    """Wait for the end of `inside`: its status, and why we ended it (too many processes)."""
    while True:
        received = signal.sigtimedwait({signal.SIGCHLD, *_ENDING}, _LOOK_SECONDS)
        if received is not None and received.si_signo in _ENDING:
            return 128 + received.si_signo, ""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == inside:
                    return _status(ended[1]), ""
        for count, _ in enumerate(_tasks(os.getpid()), 1):
            if count > most:
                return TOO_MANY, f"more than {most} processes and threads at a time"


def _tasks(root: int) -> Iterator[int]:
    """Each thread below `root`, as the id of its process."""
    pending = [root]
    while pending:
        process = pending.pop()
        with contextlib.suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{process}/task"):  # noqa: PTH208 - pathlib costs milliseconds
                if process != root:
                    yield process
                with open(f"/proc/{process}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                    pending += map(int, file.read().split())


def _end_all(inside: int) -> None:
    """Kill what is left: stop all first, so that none starts another one meanwhile."""
    until = time.monotonic() + _KILL_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(inside, signal.SIGKILL)
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        left = set(_tasks(os.getpid()))
        if not left:
            return
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)
        time.sleep(0.002)


# --- the inside -------------------------------------------------------------------------------------------------------


def apply(inside: Mapping[str, Any], command: list[str]) -> NoReturn:
    """Give up what the plan takes away and become the command."""
    _limits(inside)
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if inside["files"] is not None:
        landlock(inside["files"])
    _drop_capabilities()
    _restore_signals()
    _become(command)


def _limits(inside: Mapping[str, Any]) -> None:
    seconds = inside["cpu_seconds"]
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)  # XCPU, then KILL
    _limit(resource.RLIMIT_FSIZE, inside["file_bytes"])
    _limit(resource.RLIMIT_DATA, inside["memory"])
    _limit(resource.RLIMIT_CORE, 0)
    # Before Linux 5.14, and outside of a user namespace, all processes of the user count, whoever started them.
    if inside["own_users"] and os.getuid() != 0:
        _limit(resource.RLIMIT_NPROC, inside["processes"])


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    ceiling = resource.getrlimit(which)[1]
    highest = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        soft, highest = min(soft, ceiling), min(highest, ceiling)
    resource.setrlimit(which, (soft, highest))


def landlock(files: Mapping[str, list[str]]) -> None:
    """Refuse everything on files that no rule allows, TCP, and reaching processes outside, as far as the kernel can."""
    abi = landlock_abi()
    handled = sum(bits for since, bits in _RIGHTS.items() if abi >= since)
    wanted = _Ruleset(
        handled, _TCP_BIND_AND_CONNECT if abi >= 4 else 0, _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0
    )
    rules = _check(
        _libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), ctypes.c_size_t(ctypes.sizeof(wanted)), 0), "Landlock"
    )
    allowed = {"read": _READING, "write": handled & ~_IOCTL_DEV, "devices": _READ_FILE | _WRITE_FILE}
    for kind, paths in files.items():
        for path in paths:
            _allow(rules, path, allowed[kind] & handled)
    _check(_libc.syscall(_RESTRICT_SELF, rules, 0), "Landlock")
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not os.path.isdir(path):  # noqa: PTH112
        rights &= _OF_A_FILE
    rule = _Beneath(rights, folder)
    _check(_libc.syscall(_ADD_RULE, rules, 1, ctypes.byref(rule), 0), f"Landlock, {path}")
    os.close(folder)


def _drop_capabilities() -> None:
    """Root gets none back either when it becomes the command: the bounding set is empty."""
    for number in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break  # not root, or no more of them
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capabilities")


def _restore_signals() -> None:
    """Python ignores these two; the command must not. What the supervisor blocked is let through again."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _become(command: list[str]) -> NoReturn:
    # os.execvp would import a module here, and Landlock may refuse that already.
    folders = [""] if "/" in command[0] else [f"{it}/" for it in os.environ.get("PATH", os.defpath).split(":") if it]
    why = ""
    for folder in folders:
        try:
            os.execv(folder + command[0], command)  # noqa: S606 - this is how a launcher ends
        except (FileNotFoundError, NotADirectoryError) as error:  # noqa: PERF203 - one after the other
            why = why or str(error.strerror)
        except OSError as error:
            why = str(error.strerror)
    refuse(f"cannot start {command[0]}: {why}", 127)


if __name__ == "__main__":
    main(sys.argv[1:])

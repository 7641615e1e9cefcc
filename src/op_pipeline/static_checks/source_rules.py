"""Names, headers and constructs that no kernel may hold, wherever they stand in the file."""

from __future__ import annotations

from tree_sitter import Node

from op_pipeline.static_checks.names import load, present_header
from op_pipeline.static_checks.report import Report
from op_pipeline.static_checks.syntax import Source, called, last_name, receiver, string, text, walk

_SYSTEM_HEADERS = frozenset({
    "iostream", "istream", "ostream", "fstream", "sstream", "cstdio", "stdio.h", "thread", "mutex", "shared_mutex",
    "condition_variable", "future", "filesystem", "barrier", "latch", "semaphore", "stop_token", "chrono", "ctime",
    "time.h",
    "unistd.h", "fcntl.h", "dlfcn.h", "sys/mman.h", "sys/stat.h", "sys/socket.h", "sys/wait.h", "sys/syscall.h",
    "signal.h",
    "csignal", "pthread.h", "spawn.h", "regex", "locale", "random", "memory_resource", "execution",
})  # fmt: skip
_SYSTEM_CALLS = frozenset({
    "fopen", "freopen", "fread", "fwrite", "open", "openat", "creat", "system", "popen", "execve", "execv", "execvp",
    "execl",
    "execlp", "fork", "vfork", "posix_spawn", "getenv", "setenv", "socket", "connect", "dlopen", "dlsym", "dlmopen",
    "syscall", "mmap", "mprotect", "ptrace", "kill", "_exit", "exit", "abort", "signal", "sigaction", "pthread_create",
})  # fmt: skip
_STREAMS = frozenset({"ifstream", "ofstream", "fstream", "FILE"})
_HOOKS = ("constructor", "destructor", "init_array", "fini_array")


def check_source(source: Source, declared: frozenset[str], report: Report) -> None:
    """NAM and SRC rules of a kernel file. `declared`: functions and macros of the operation's own files."""
    kinds = {
        "preproc_include": _include,
        "gnu_asm_expression": _assembly,
        "attribute_specifier": _hook,
        "attribute_declaration": _hook,
        "linkage_specification": _linkage,
    }
    for node in walk(source.root, *kinds):
        kinds[node.type](source, node, report)
    for node in walk(source.root, "call_expression"):
        _call(source, node, declared, report)
    for node in walk(source.root, "type_identifier", "namespace_definition"):
        _name(source, node, report)


def _include(source: Source, node: Node, report: Report) -> None:
    path = node.child_by_field_name("path")
    name = text(path).strip('<>"')
    instead = present_header(name)
    if instead:
        remedy = f'include "{instead}"' if instead.endswith(".h") else "leave it out: what it declared is always there"
        report.add("NAM003", source, node, f"{name} does not exist in this release", remedy)
    elif name in _SYSTEM_HEADERS:
        report.add("NAM004", source, node, f"<{name}> needs an operating system")


def _assembly(source: Source, node: Node, report: Report) -> None:
    report.add("SRC001", source, node, "inline assembly")


def _hook(source: Source, node: Node, report: Report) -> None:
    if any(word in text(node) for word in _HOOKS):
        report.add("SRC002", source, node, f"{text(node)[:60]} runs code before or after kernel_main")


def _linkage(source: Source, node: Node, report: Report) -> None:
    if string(node.child_by_field_name("value")) == "C":
        report.add("SRC003", source, node, 'extern "C" reaches functions that are not of the kernel API')


def _call(source: Source, node: Node, declared: frozenset[str], report: Report) -> None:
    name = called(node)
    if name in declared or receiver(node) is not None:
        return
    names = load()
    if name in names.removed:
        advice = names.removed[name]
        remedy = advice if advice.startswith("define") else f"use {advice}"
        report.add("NAM001", source, node, f"{name} does not exist in this release", remedy)
    elif name in names.deprecated and name in names.known:
        report.add("NAM002", source, node, f"{name} is deprecated", names.deprecated[name])
    elif name in _SYSTEM_CALLS:
        report.add("SRC004", source, node, f"{name} asks an operating system, which a kernel does not have")


def _name(source: Source, node: Node, report: Report) -> None:
    if node.type == "namespace_definition":
        name = last_name(node.child_by_field_name("name"))
        if name == "NAMESPACE":
            report.add("NAM001", source, node, "kernels no longer stand in namespace NAMESPACE", load().removed[name])
    elif text(node) in _STREAMS:
        report.add("SRC004", source, node, f"{text(node)} is a file, which a kernel does not have")

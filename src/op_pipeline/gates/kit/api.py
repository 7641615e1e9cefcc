"""What stages 1 and 3 ask of the public face: signature, documentation, build files, unit test."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from op_pipeline.gates.kit.contract import Contract, Parameter
from op_pipeline.gates.kit.design import names
from op_pipeline.gates.kit.failure import GateFailure, first_line, require
from op_pipeline.models import FailureClass

SIGNATURE = FailureClass.SIGNATURE_MISMATCH
MISSING = object()


def check_signature(function: Any, contract: Contract) -> None:
    """Some overload takes inputs by position, then the parameters with their defaults, then `*, memory_config`."""
    overloads = _overloads(function)
    require(overloads, SIGNATURE, f"ttnn.{contract.operation} states no signature (nanobind's __nb_signature__)")
    problems = [_difference(arguments, defaults, contract) for arguments, defaults in overloads]
    if all(problems):
        raise GateFailure(SIGNATURE, f"ttnn.{contract.operation}: {problems[0]}")


def _overloads(function: Any) -> list[tuple[ast.arguments, dict[str, Any]]]:
    """Parsed arguments of each overload, with default values by name."""
    found = []
    # `ttnn.<op>` is a callable object around the bound function.
    bound = function if hasattr(function, "__nb_signature__") else getattr(function, "function", None)
    for entry in getattr(bound, "__nb_signature__", ()):
        text, values = str(entry[0]), tuple(entry[2] or ()) if len(entry) > 2 else ()
        definition = re.sub(r"\\(\d+)", r"_DEFAULT_\1", text.splitlines()[-1])
        try:
            node = ast.parse(f"{definition}: ...").body[0]
        except SyntaxError:
            continue
        if isinstance(node, ast.FunctionDef):
            found.append((node.args, _defaults(node.args, values)))
    return found


def _defaults(arguments: ast.arguments, values: tuple[Any, ...]) -> dict[str, Any]:
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs: list[tuple[ast.arg, ast.expr | None]] = list(zip(positional[::-1], arguments.defaults[::-1], strict=False))
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found: dict[str, Any] = {}
    for argument, node in pairs:
        if isinstance(node, ast.Name) and node.id.startswith("_DEFAULT_"):
            found[argument.arg] = values[int(node.id.removeprefix("_DEFAULT_"))]
        elif node is not None:
            try:
                found[argument.arg] = ast.literal_eval(node)
            except ValueError:
                found[argument.arg] = ast.unparse(node)
    return found


def _difference(arguments: ast.arguments, defaults: dict[str, Any], contract: Contract) -> str:
    wanted = [*contract.input_names, *contract.parameter_names]
    have = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if have != wanted:
        return f"takes {', '.join(have) or 'nothing'} by position, expected {', '.join(wanted)}"
    for item in contract.parameters:
        given = defaults.get(item.name, MISSING)
        if item.default is None and given is not MISSING:
            return f"parameter {item.name} has default {given!r}, expected none"
        if item.default is not None and (given is MISSING or not _same(given, item)):
            shown = "none" if given is MISSING else repr(given)
            return f"parameter {item.name} has default {shown}, expected {item.default!r}"
    keywords = [argument.arg for argument in arguments.kwonlyargs]
    if "memory_config" not in keywords:
        return "has no keyword-only argument memory_config"
    required = [name for name in keywords if name not in defaults]
    return f"requires keyword arguments {', '.join(required)}" if required else ""


def _same(given: Any, item: Parameter) -> bool:
    if item.type == "bool" or isinstance(given, bool):
        return given is item.default
    wanted = float(item.default or 0)
    # C++ may hold the default as float32
    return isinstance(given, (int, float)) and abs(given - wanted) <= 1e-6 * max(abs(wanted), 1e-30)


def expect_type_error(call: Any, what: str) -> None:
    """`call` must raise TypeError; else GateFailure signature_mismatch."""
    try:
        call()
    except TypeError:
        return
    except Exception as error:
        raise GateFailure(SIGNATURE, f"{what}: raised {first_line(error)} instead of TypeError") from error
    raise GateFailure(SIGNATURE, f"{what}: accepted, expected TypeError")


def accepts(call: Any, what: str) -> None:
    """`call` must not raise TypeError; what else it raises is the business of later stages."""
    try:
        call()
    except TypeError as error:
        raise GateFailure(SIGNATURE, f"{what}: {first_line(error)}", excerpt=str(error)) from error
    except Exception:  # noqa: BLE001, S110 - not implemented yet, or a fault that later stages look at
        pass


def check_documentation(function: Any, contract: Contract) -> None:
    """The docstring names every input with dtypes and layout, every parameter with its default, and memory_config."""
    text = str(getattr(function, "__doc__", "") or "")
    missing = [f"input {item.name}" for item in contract.inputs if not _described(text, item.name)]
    for item in contract.inputs:
        missing += [f"dtype {dtype} of {item.name}" for dtype in item.dtypes if not _mentions(text, dtype)]
        layout = "tile" if item.layout == "tile" else "row[_ -]?major"
        if not re.search(layout, text, re.IGNORECASE):
            missing.append(f"layout {item.layout} of {item.name}")
    for parameter in contract.parameters:
        if not _described(text, parameter.name):
            missing.append(f"parameter {parameter.name}")
        elif parameter.default is not None and not _default_stated(text, parameter):
            missing.append(f"default {parameter.default!r} of {parameter.name}")
    if not _described(text, "memory_config"):
        missing.append("memory_config")
    if missing:
        # Never a mismatch of behaviour: the documentation is what this stage adds.
        message = f"the documentation of ttnn.{contract.operation} does not state: {', '.join(dict.fromkeys(missing))}"
        raise GateFailure(FailureClass.NOT_IMPLEMENTED, message)


def _body(text: str) -> str:
    """A docstring without the signature line that nanobind puts first: that one names everything by itself."""
    first, _, rest = text.partition("\n")
    return rest if "->" in first else text


def _description(text: str, name: str) -> str:
    """The entry of an argument: a line like `x (ttnn.Tensor): …`, `* x: …`, `:param x: …`, and what is indented below.

    A name that only stands in a formula or an example is not described.
    """
    lines = _body(text).splitlines()
    start = re.compile(rf"^[\s*`:-]*(?:attr:`|param\s+(?:\w+\s+)?)?{re.escape(name)}`*\s*[(:]")
    first = next((number for number, line in enumerate(lines) if start.match(line)), None)
    if first is None:
        return ""
    rest = itertools.takewhile(lambda line: _indent(line) > _indent(lines[first]), lines[first + 1 :])
    return "\n".join([lines[first], *rest])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _described(text: str, name: str) -> bool:
    return bool(_description(text, name))


def _mentions(text: str, dtype: str) -> bool:
    return names(_body(text).lower(), dtype)


def _default_stated(text: str, parameter: Parameter) -> bool:
    body = _description(text, parameter.name)
    if parameter.type == "bool":
        return names(body, str(parameter.default))
    wanted = float(parameter.default or 0)
    numbers = re.findall(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", body)
    return any(abs(float(number) - wanted) <= 1e-6 * max(abs(wanted), 1e-30) for number in numbers)


def check_build_files(tree: Path, contract: Contract) -> None:
    """CMakeLists.txt and sources.cmake name every host source, and only files that exist."""
    folder = tree / contract.operation_path
    listed: set[str] = set()
    for name in ("CMakeLists.txt", "sources.cmake"):
        path = folder / name
        place = f"{contract.operation_path}/{name}"
        require(path.is_file(), FailureClass.NOT_IMPLEMENTED, f"no {place}", file=place)
        text = re.sub(r"#[^\n]*", "", path.read_text(encoding="utf-8"))
        for match in re.finditer(r"[\w./-]+\.[ch]pp\b", text):
            listed.add(match[0])
            exists = (folder / match[0]).is_file() or "*" in text[max(0, match.start() - 1) : match.start()]
            line = text.count("\n", 0, match.start()) + 1
            require(
                exists,
                FailureClass.NOT_IMPLEMENTED,
                f"{place} lists {match[0]}, which is not there",
                file=place,
                line=line,
            )
    sources = {path.relative_to(folder).as_posix() for path in folder.rglob("*.cpp")}
    missing = sorted(name for name in sources - listed if "kernels" not in Path(name).parts)
    require(
        not missing,
        FailureClass.NOT_IMPLEMENTED,
        f"in no CMake file of {contract.operation_path}: {', '.join(missing)}",
    )


def check_unit_test(tree: Path, contract: Contract) -> None:
    """The unit test is where tt-metal keeps them, is valid Python, and a test in it calls the operation and asserts."""
    name = f"tests/ttnn/unit_tests/operations/{contract.category}/test_{contract.operation}.py"
    path = tree / name
    require(path.is_file(), FailureClass.NOT_IMPLEMENTED, f"no unit test {name}", file=name)
    try:
        module = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        message = f"{name} is not valid Python: {error.msg}"
        raise GateFailure(FailureClass.NOT_IMPLEMENTED, message, file=name, line=error.lineno or 0) from error
    tests = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    require(tests, FailureClass.NOT_IMPLEMENTED, f"{name} holds no test", file=name)
    run = [node for node in tests if not _skipped(node.decorator_list)] if not _skipped(_pytestmark(module)) else []
    require(run, FailureClass.NOT_IMPLEMENTED, f"{name}: every test is skipped", file=name)
    wanted = contract.public_name
    calling = [nodes for nodes in (_reached(module, test) for test in run) if wanted in _calls(nodes)]
    require(calling, FailureClass.NOT_IMPLEMENTED, f"{name} never calls {wanted} from a test", file=name)
    asserting = any(_asserts(nodes) for nodes in calling)
    require(asserting, FailureClass.NOT_IMPLEMENTED, f"{name} calls {wanted} and asserts nothing", file=name)


def _pytestmark(module: ast.Module) -> list[ast.expr]:
    return [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "pytestmark" for target in node.targets)
    ]


def _skipped(marks: Sequence[ast.expr]) -> bool:
    """Whether a mark skips without a condition, or expects failure."""
    found = {ast.unparse(node) for mark in marks for node in ast.walk(mark) if isinstance(node, ast.Attribute)}
    return not found.isdisjoint({"pytest.mark.skip", "pytest.mark.xfail"})


def _reached(module: ast.Module, test: ast.FunctionDef) -> list[ast.AST]:
    """All nodes of a test and of the module's own functions that it calls, directly or through one another."""
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    seen, todo, nodes = {test.name}, [test], list[ast.AST]()
    while todo:
        found = [inner for statement in todo.pop().body for inner in ast.walk(statement)]
        nodes += found
        fresh = {name for name in _calls(found) if name in functions} - seen
        seen |= fresh
        todo += [functions[name] for name in fresh]
    return nodes


def _calls(nodes: Sequence[ast.AST]) -> set[str]:
    return {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}


def _asserts(nodes: Sequence[ast.AST]) -> bool:
    words = ("assert", "raises", "expect_error")
    return any(isinstance(node, ast.Assert) for node in nodes) or any(
        word in call for call in _calls(nodes) for word in words
    )

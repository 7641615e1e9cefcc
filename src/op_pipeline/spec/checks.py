"""Consistency of a contract beyond its types: names, formula, shapes and golden must fit together.

`errors` are what makes a spec unusable, `warnings` what a careful author wants to know. Both carry lines.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from op_pipeline.errors import Problem, did_you_mean
from op_pipeline.numerics import default_limits
from op_pipeline.spec.evaluate import evaluate
from op_pipeline.spec.expression import FUNCTIONS, Expr, input_names, parameter_names
from op_pipeline.spec.formula import FormulaError, parse
from op_pipeline.spec.model import FrontMatter, Memory, Spec, output_dtypes
from op_pipeline.spec.shapes import Shape, ShapeError, evaluate_output_shape, infer_shape, show
from op_pipeline.spec.tolerance import DType
from op_pipeline.yamlfile import Location, YamlFile

Finding = tuple[Location, str]
MAX_ELEMENTS = 2**26
NO_GOLDEN = "no golden: give either formula or golden"


def errors(contract: FrontMatter, source: YamlFile, folder: Path) -> list[Problem]:
    """Everything that contradicts itself, with lines. `folder` is where a golden file is looked for."""
    expr, found = _formula(contract)
    found += [*_names(contract), *_output(contract), *_tolerance(contract), *_golden(contract, folder)]
    found += _shapes(contract, expr)
    if expr is not None:
        found += _unused(contract, expr)
    return [source.problem(location, message) for location, message in found]


def _names(contract: FrontMatter) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for location, name in _named(contract):
        if name in seen:
            yield location, f"{name!r} is already the name of {seen[name]}"
        elif name in FUNCTIONS:
            yield location, f"{name!r} is a function of the formula language; choose another name"
        elif name == contract.operation:
            yield location, f"{name!r} is the operation's own name"
        seen.setdefault(name, f"{location[0]}.{location[1]}")


def _named(contract: FrontMatter) -> list[tuple[Location, str]]:
    """Every input and parameter: where its name stands, and the name."""
    inputs: list[tuple[Location, str]] = [(("inputs", i, "name"), item.name) for i, item in enumerate(contract.inputs)]
    return inputs + [(("parameters", i, "name"), item.name) for i, item in enumerate(contract.parameters)]


def _formula(contract: FrontMatter) -> tuple[Expr | None, list[Finding]]:
    if contract.formula is None:
        return None, []
    names = [item.name for item in contract.inputs], [item.name for item in contract.parameters]
    try:
        return parse(contract.formula, *names), []
    except FormulaError as error:
        return None, [(("formula",), f"column {column}: {message}") for column, message in error.errors]


def formula_problems(source: YamlFile) -> list[Problem]:
    """Mistakes of the formula alone, for front matter that is refused for other reasons: all are told at once."""
    data = source.data if isinstance(source.data, dict) else {}
    text, inputs, parameters = data.get("formula"), _raw_names(data, "inputs"), _raw_names(data, "parameters")
    if not isinstance(text, str) or inputs is None or parameters is None:
        return []
    try:
        parse(text, inputs, parameters)
    except FormulaError as error:
        return [source.problem(("formula",), f"column {column}: {message}") for column, message in error.errors]
    return []


def _raw_names(data: dict[str, Any], key: str) -> list[str] | None:
    """Names of unchecked inputs or parameters; None when they cannot be told."""
    items = data.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return None
    names = [item.get("name") for item in items]
    return names if all(isinstance(name, str) for name in names) else None


def _unused(contract: FrontMatter, expr: Expr) -> Iterator[Finding]:
    used = input_names(expr) | parameter_names(expr)
    return ((place, f"{name!r} does not occur in the formula") for place, name in _named(contract) if name not in used)


def _output(contract: FrontMatter) -> Iterator[Finding]:
    names = [item.name for item in contract.inputs]
    for key, value, suffix, kinds in (
        ("dtype", contract.output.dtype, ".dtype", get_args(DType)),
        ("memory", contract.output.memory, ".memory", get_args(Memory)),
    ):
        if value is None or value in kinds:
            continue
        name = value.removesuffix(suffix)
        known = [f"{item}{suffix}" for item in names]
        if not value.endswith(suffix) or name not in names:
            options = ", ".join([*known, *kinds])
            yield ("output", key), f"{value!r} is not one of {options}{did_you_mean(value, [*known, *kinds])}"


def _tolerance(contract: FrontMatter) -> Iterator[Finding]:
    dtypes = output_dtypes(contract)
    for name in contract.tolerance.named():
        if dtypes and name not in dtypes:
            yield ("tolerance", name), f"no output has dtype {name}; outputs have {', '.join(dtypes)}"


def _golden(contract: FrontMatter, folder: Path) -> Iterator[Finding]:
    if contract.formula is not None and contract.golden is not None:
        yield ("golden",), "formula and golden exclude each other; remove one"
    elif contract.formula is None and contract.golden is None:
        yield (), NO_GOLDEN
    if contract.golden is not None:
        message = golden_problem(contract, folder)
        if message:
            yield ("golden",), message


def golden_problem(contract: FrontMatter, folder: Path) -> str:
    """Why the golden function cannot be used, found without running the file; empty when it can."""
    file, _, function = str(contract.golden).rpartition(":")
    path = folder / file
    if Path(file).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
        return f"{file!r} is outside the spec's folder"
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except OSError:
        return f"no file {file!r} beside the spec"
    except (SyntaxError, ValueError) as error:
        return f"{file}:{getattr(error, 'lineno', 0)}: {getattr(error, 'msg', 'not Python text')}"
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if function not in functions:
        return f"no function {function!r} in {file}{did_you_mean(function, functions)}"
    return _signature_problem(functions[function], contract, file)


def _signature_problem(node: ast.FunctionDef, contract: FrontMatter, file: str) -> str:
    wanted = [name for _, name in _named(contract)]
    given = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if node.args.posonlyargs:
        return f"{file}:{node.lineno}: {node.name} is called with keywords; remove the '/'"
    missing = [name for name in wanted if name not in given] if node.args.kwarg is None else []
    if missing:
        return f"{file}:{node.lineno}: {node.name} has no argument {', '.join(map(repr, missing))}"
    required = len(node.args.args) - len(node.args.defaults)
    extra = [name for name in given[:required] if name not in wanted]
    return (
        f"{file}:{node.lineno}: {node.name} needs {', '.join(map(repr, extra))}, which the spec lacks" if extra else ""
    )


def _shapes(contract: FrontMatter, expr: Expr | None) -> Iterator[Finding]:
    count = len(contract.inputs)
    everywhere = _wrong_everywhere(contract)
    if everywhere:
        yield ("output", "shape"), everywhere
    for index, case in enumerate(contract.shapes):
        if len(case) != count:
            plural = "s" if count != 1 else ""
            yield ("shapes", index), f"case {index} has {len(case)} shapes for {count} input{plural}"
            continue
        problems = [*_ranks(contract, case), *(() if everywhere else _result(contract, expr, case))]
        yield from ((("shapes", index), f"case {index}: {message}") for message in problems)
        if case in contract.shapes[:index]:
            yield ("shapes", index), f"case {index} repeats case {contract.shapes.index(case)}"


def _ranks(contract: FrontMatter, case: Sequence[Shape]) -> Iterator[str]:
    for item, shape in zip(contract.inputs, case, strict=True):
        low, high = item.rank
        if not low <= len(shape) <= high:
            yield f"{show(shape)} has rank {len(shape)}, and {item.name!r} takes {low} to {high}"
        if np.prod(np.asarray(shape, dtype=np.float64)) > MAX_ELEMENTS:
            yield f"{show(shape)} has more than {MAX_ELEMENTS} elements"


def _wrong_everywhere(contract: FrontMatter) -> str:
    """What is wrong with output.shape whatever the case: told once, where it stands; empty when some case works."""
    names = [item.name for item in contract.inputs]
    found = set()
    for case in contract.shapes:
        if len(case) == len(names):
            try:
                evaluate_output_shape(contract.output.shape, dict(zip(names, case, strict=True)))
            except ShapeError as error:
                found.add(str(error))
            else:
                return ""
    return found.pop() if len(found) == 1 else ""


def _result(contract: FrontMatter, expr: Expr | None, case: Sequence[Shape]) -> Iterator[str]:
    inputs = {item.name: shape for item, shape in zip(contract.inputs, case, strict=True)}
    try:
        declared = evaluate_output_shape(contract.output.shape, inputs)
    except ShapeError as error:
        yield f"output.shape: {error}"
        return
    if expr is None:
        return
    try:
        computed = infer_shape(expr, inputs)
    except ShapeError as error:
        yield f"the formula does not work on these shapes: {error}"
        return
    if computed != declared:
        yield f"output.shape gives {show(declared)}, the formula {show(computed)}"


def warnings(spec: Spec, source: YamlFile) -> list[Problem]:
    """What is legal and yet probably not meant: values outside a function's domain, few or uniform test cases."""
    found: list[Finding] = []
    expr, _ = _formula(spec)
    if expr is not None and (example := _non_finite(spec, expr)):
        found.append((("formula",), f"not finite for {example}; give the input a domain that leaves this out"))
    found += [*_beyond(spec), *_loose(spec)]
    if len(spec.shapes) < 4:
        found.append(
            (("shapes",), f"{len(spec.shapes)} test cases; four or more show one tile, many, non-square and batch")
        )
    return [source.problem(location, message) for location, message in found]


def _loose(spec: Spec) -> Iterator[Finding]:
    """A tolerance for all dtypes is one for the coarsest of them."""
    if "float32" not in spec.output_dtypes() or spec.tolerance.rel_l2 is None:
        return
    stated, usual = spec.limits("float32"), default_limits("float32", matrix_unit=spec.sums())
    if stated is not None and usual is not None and stated.rel_l2 > usual.rel_l2 and len(spec.output_dtypes()) > 1:
        remedy = f"give it its own: float32: {{pcc: {usual.pcc:g}, rel_l2: {usual.rel_l2:g}}}"
        told = f"float32 is held to relative L2 {stated.rel_l2:g} only, by default to {usual.rel_l2:g}; {remedy}"
        yield ("tolerance",), told


def _beyond(spec: Spec) -> Iterator[Finding]:
    """What the contract may say and this version does not gate in full."""
    if spec.category == "other":
        yield ("category",), "the gates know nothing of this category beside shapes and values"
    tensors: list[tuple[Location, str, str | None]] = [
        *((("inputs", i), item.layout, item.memory) for i, item in enumerate(spec.inputs)),
        (("output",), spec.output.layout, spec.output.memory),
    ]
    for place, layout, memory in tensors:
        if layout == "row_major" and spec.category != "data_movement":
            yield (*place, "layout"), "the offline backend computes on tiles only; row-major tensors it can move"
        if memory is not None and memory.endswith("sharded"):
            yield (*place, "memory"), "the emulator has interleaved tensors only"


def _non_finite(spec: Spec, expr: Expr) -> str:
    """An input for which the formula is NaN or infinite, drawn from the domains; empty when 4096 draws find none."""
    case = min(spec.shapes, key=lambda shapes: sum(int(np.prod(shape)) for shape in shapes))
    draw = np.random.default_rng(0)
    values: dict[str, np.ndarray] = {}
    for item, shape in zip(spec.inputs, case, strict=True):
        if int(np.prod(shape)) > 2**16:
            return ""
        values[item.name] = draw.uniform(*item.domain, shape) if item.domain else 2.0 * draw.standard_normal(shape)
    parameters = {item.name: item.value() for item in spec.parameters}
    bad = ~np.isfinite(evaluate(expr, values, parameters))
    if not bad.any():
        return ""
    where = tuple(np.argwhere(bad)[0])
    same = {name: array[where] for name, array in values.items() if array.shape == bad.shape}
    return ", ".join(f"{name} = {value:.3g}" for name, value in same.items()) or f"{int(bad.sum())} outputs"

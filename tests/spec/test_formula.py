"""The formula language: what it accepts, what it says about the rest, and that nothing hostile hangs it."""

from __future__ import annotations

import time

import pytest

from op_pipeline.spec.expression import Call, input_names, is_elementwise, parameter_names, walk
from op_pipeline.spec.formula import FormulaError, Input, Number, Parameter, parse

X, Y, BETA = Input("x"), Input("y"), Parameter("beta")


def read(text: str) -> object:
    return parse(text, ["x", "y"], ["beta"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", X),
        ("beta", BETA),
        ("2", Number(2.0)),
        ("1e-3", Number(0.001)),
        ("-2.5", Number(-2.5)),
        ("-x", Call("negative", (X,))),
        ("+x", X),
        ("x + y", Call("add", (X, Y))),
        ("x - 1", Call("subtract", (X, Number(1.0)))),
        ("x * beta", Call("multiply", (X, BETA))),
        ("x / y", Call("divide", (X, Y))),
        ("x ** 2", Call("power", (X, Number(2.0)))),
        ("pow(x, 2)", Call("power", (X, Number(2.0)))),
        ("-x ** 2", Call("negative", (Call("power", (X, Number(2.0))),))),
        ("x < y", Call("less", (X, Y))),
        ("x <= 0", Call("less_equal", (X, Number(0.0)))),
        ("x > y", Call("greater", (X, Y))),
        ("x >= y", Call("greater_equal", (X, Y))),
        ("x == y", Call("equal", (X, Y))),
        ("x != y", Call("not_equal", (X, Y))),
        ("where(x > 0, x, beta)", Call("where", (Call("greater", (X, Number(0.0))), X, BETA))),
        ("clip(x, -1, 1)", Call("clip", (X, Number(-1.0), Number(1.0)))),
        ("clip(x, hi=1, lo=0)", Call("clip", (X, Number(0.0), Number(1.0)))),
        ("sum(x)", Call("sum", (X,), (("axis", None), ("keepdims", False)))),
        ("mean(x, axis=-1, keepdims=True)", Call("mean", (X,), (("axis", (-1,)), ("keepdims", True)))),
        ("max(x, axis=(-2, -1))", Call("max", (X,), (("axis", (-2, -1)), ("keepdims", False)))),
        ("min(x, 0)", Call("min", (X,), (("axis", (0,)), ("keepdims", False)))),
        ("matmul(x, y)", Call("matmul", (X, Y))),
        ("transpose(x, -2, -1)", Call("transpose", (X,), (("i", -2), ("j", -1)))),
        ("concat([x, y], axis=-1)", Call("concat", (X, Y), (("axis", -1),))),
        ("pad(x, ((0, 0), (1, 2)))", Call("pad", (X,), (("widths", ((0, 0), (1, 2))),))),
        ("x[..., 1:-2]", Call("slice", (X,), (("index", ("...", (1, -2, 1))),))),
        ("x[:, ::2]", Call("slice", (X,), (("index", ((None, None, 1), (None, None, 2))),))),
        ("  x +\n  y\n", Call("add", (X, Y))),
    ],
)  # fmt: skip
def test_reads(text: str, expected: object) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "empty formula"),
        ("   ", 1, "empty formula"),
        ("x * sigmod(x)", 5, "unknown function 'sigmod' (did you mean 'sigmoid'?)"),
        ("x * Exp(x)", 5, "unknown function 'Exp' (did you mean 'exp'?)"),
        ("arcsin(x)", 1, "unknown function 'arcsin' (did you mean 'asin'?)"),
        ("multiply(x, y)", 1, "unknown function 'multiply' (did you mean 'a * b'?)"),
        ("x + bata", 5, "unknown name 'bata' (did you mean 'beta'?)"),
        ("x + zz", 5, "unknown name 'zz'; known: x, y, beta"),
        ("x * exp", 5, "'exp' is a function: exp(x)"),
        ("äö + x", 1, "unknown name 'äö'; known: x, y, beta"),
        ("x + äö + 1 + zz", 14, "unknown name 'zz'; known: x, y, beta"),
        ("x.shape", 1, "attribute access is not allowed in a formula"),
        ("x.sum()", 1, "attribute access is not allowed in a formula"),
        ("np.exp(x)", 1, "attribute access is not allowed in a formula"),
        ("x @ y", 1, "'@' is not in the language; write matmul(a, b)"),
        ("x % y", 1, "'%' is not in the language"),
        ("x // y", 1, "'//' is not in the language; write floor(a / b)"),
        ("x if y else 1", 1, "'if' is not in the language; write where(c, a, b)"),
        ("x and y", 1, "'and' and 'or' are not in the language; multiply comparisons, or use where(c, a, b)"),
        ("not x", 1, "'not' is not in the language; write 1 - c"),
        ("~x", 1, "'~' is not in the language"),
        ("0 < x < 1", 1, "a chain of comparisons is not in the language; multiply two comparisons"),
        ("x in y", 1, "'in' and 'is' are not in the language"),
        ("lambda: x", 1, "'lambda' is not in the language"),
        ("(x, y)", 1, "a tuple stands only for an axis or for pad widths"),
        ("[x, y]", 1, "a list stands only as the first argument of concat"),
        ("[v for v in x]", 1, "listcomp is not in the language"),
        ("'x'", 1, "'x' is not a number"),
        ("True", 1, "True is not a number"),
        ("1j", 1, "1j is not a number"),
        ("1e999", 1, "number too large"),
        ("x # note", 3, "comments are not in the language"),
        ("exp()", 1, "exp lacks x: exp(x)"),
        ("exp(x, y)", 1, "exp(x) does not take 2 arguments"),
        ("where(x > 0, x)", 1, "where lacks y: where(condition, x, y)"),
        ("max(x, y)", 1, "max reduces one array along an axis; for two arrays write maximum(a, b)"),
        ("sum(x, axis=y)", 13, "an axis, as in axis=-1, must be written out"),
        ("sum(x, axis=-1, keepdim=True)", 17, "sum has no argument 'keepdim' (did you mean 'keepdims'?)"),
        ("sum(x, keepdims=1)", 17, "keepdims (True or False) must be written out"),
        ("sum(x, -1, axis=-1)", 12, "sum got 'axis' twice"),
        ("transpose(x, 1.5, 0)", 14, "an integer must be written out"),
        ("transpose(x, True, 0)", 14, "an integer must be written out"),
        ("pad(x, 1)", 8, "pad widths, e.g. ((0, 0), (1, 1)), must be written out"),
        ("pad(x, ((0, -1),))", 8, "pad widths are pairs of integers from 0, one pair a dimension"),
        ("concat(x, 0)", 1, "concat takes a list of arrays and an axis: concat([a, b], -1)"),
        ("x[0]", 3, "only slices a:b and ... stand in brackets; write a:a+1 with numbers to keep the dimension"),
        ("x[..., 0:1, ...]", 3, "... stands once"),
        ("x[::-1]", 3, "a slice's step must be positive"),
        ("exp(*x)", 5, "'*' before an argument is not in the language"),
        ("beta(3)", 1, "unknown function 'beta'"),
        ("x(3)(4)", 1, "not a function"),
    ],
)  # fmt: skip
def test_refuses_with_column_and_guess(text: str, column: int, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        read(text)
    assert any(at == column and said.startswith(message) for at, said in caught.value.errors), caught.value


@pytest.mark.parametrize(
    "text", ["x +", "x)+(y", "x;y", "x y", "x = 1", "import os", "x\x00", "((x)", "1 +* 2", "f'{x}'"]
)
def test_what_python_cannot_read_is_an_error_of_the_formula(text: str) -> None:
    with pytest.raises(FormulaError):
        read(text)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(FormulaError) as caught:
        read("foo(x) + bar + x.T")
    assert [column for column, _ in caught.value.errors] == [1, 10, 16]


@pytest.mark.parametrize(
    "text",
    [
        '__import__("os").system("true")',
        "().__class__.__bases__",
        "exec('1')",
        "open('/etc/passwd')",
        "x.__class__",
        "[c for c in ().__class__.__base__.__subclasses__()]",
        "(lambda: 0)()",
        "(y := x)",
        "print(x)",
        "getattr(x, 'data')",
        "9" * 5000,
        "(" * 150 + "x" + ")" * 150 + "(",
        "-" * 3999 + "x",
        "(" * 3000,
        "[" * 3000,
        "x" + "[...]" * 500,
        "exp(" * 199 + "x" + ")" * 199,
        "+".join(["x"] * 1000),
        "{" * 100 + "}" * 100,
        "x" * 4001,
    ],
)  # fmt: skip
def test_hostile_formulas_end_quickly_in_an_error(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(FormulaError):
        read(text)
    assert time.monotonic() - start < 2.0


def test_a_tower_of_powers_is_only_a_number() -> None:
    assert isinstance(read("9**9**9**9**9"), Call)  # evaluated in float64: inf at once


def test_long_sums_within_the_limit_are_read() -> None:
    assert len(list(walk(parse("+".join(["x"] * 100), ["x"], [])))) == 100


def test_equal_parts_are_one_object() -> None:
    expr = parse("exp(x) / (1 + exp(x)) + exp(y)", ["x", "y"], [])
    exps = [node for node in walk(expr) if isinstance(node, Call) and node.function == "exp"]
    assert len(exps) == 2
    assert len({id(node) for node in exps}) == 2


def test_walk_gives_arguments_before_calls() -> None:
    seen: set[int] = set()
    for node in walk(parse("where(x > y, sigmoid(beta * x), y)", ["x", "y"], ["beta"])):
        if isinstance(node, Call):
            assert {id(argument) for argument in node.arguments} <= seen
        seen.add(id(node))


def test_names_and_kind() -> None:
    expr = parse("x * beta", ["x", "y"], ["beta"])
    assert input_names(expr) == {"x"}
    assert parameter_names(expr) == {"beta"}
    assert is_elementwise(expr)
    assert not is_elementwise(parse("x - mean(x)", ["x"], []))

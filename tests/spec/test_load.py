"""Reading a spec.md: what a good one becomes, and the exact message and line of every kind of mistake."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from op_pipeline.errors import ConfigError
from op_pipeline.numerics import Limits
from op_pipeline.spec import IncompleteSpecError, Spec, golden, load_spec, spec_warnings
from op_pipeline.spec.frontmatter import headings, split

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
---
operation: scale_shift
category: eltwise
inputs:
  - {name: x, dtypes: [bfloat16, float32], rank: [2, 4]}
  - name: y
    dtypes: [bfloat16]
    domain: [0.5, 2]
parameters:
  - {name: slope, type: float, default: 1e-1, range: [0, 1]}
output: {shape: x.shape, dtype: x.dtype}
formula: slope * x + y
shapes:
  - [[1, 1, 32, 32], [1, 1, 32, 32]]
  - [[64, 32], [64, 1]]
  - [[2, 64, 96], [64, 96]]
  - [[2, 64, 32], [64, 32]]
---
# Title
Prose.
```
# no heading
```
## Edge cases ##
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str) -> Spec:
    Path("spec.md").write_text(text, encoding="utf-8")
    return load_spec(Path("spec.md"))


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_spec_has_everything_that_follows_from_it() -> None:
    spec = load(GOOD)
    assert (spec.pascal, spec.namespace) == ("ScaleShift", "ttnn::operations::eltwise::scale_shift")
    assert spec.operation_path == "ttnn/cpp/ttnn/operations/eltwise/scale_shift"
    assert spec.shapes[1] == ((64, 32), (64, 1))
    assert spec.parameters[0].default == pytest.approx(0.1)
    assert (spec.flow, spec.limits("bfloat16")) == ("cpp", Limits(0.999, 0.02))
    assert spec.inputs[1].domain == (0.5, 2.0)
    assert spec.digest == hashlib.sha256(GOOD.encode()).hexdigest()
    assert spec.headings == ((1, "Title", 19), (2, "Edge cases", 24))
    assert spec.prose.startswith("# Title\nProse.")
    assert spec.output_shape(spec.shapes[2]) == (2, 64, 96)
    assert spec.output_dtype({"x": "float32", "y": "bfloat16"}) == "float32"
    assert spec.output_memory() == "dram_interleaved"
    assert spec_warnings(spec) == ()


def test_one_input_needs_no_nesting_and_the_python_flow_lives_elsewhere() -> None:
    spec = load(
        "---\noperation: a\ncategory: other\nflow: generic-op\ninputs: [{name: x, dtypes: [float32], memory: l1_interleaved}]\n"
        "output: {shape: '[x.shape[0], 1]', dtype: float32}\nformula: sum(x, axis=-1, keepdims=True)\nshapes: [[32, 64], [64, 32]]\n---\n"
    )
    assert spec.shapes == (((32, 64),), ((64, 32),))
    assert spec.operation_path == "ttnn/ttnn/operations/a"
    assert spec.output_shape(spec.shapes[0]) == (32, 1)
    assert spec.output_memory() == "l1_interleaved"
    assert [str(w) for w in spec_warnings(spec)] == [
        "spec.md:3: category: the gates know nothing of this category beside shapes and values",
        "spec.md:8: shapes: 2 test cases; four or more show one tile, many, non-square and batch",
    ]


def test_line_endings_and_byte_order_mark_do_not_matter() -> None:
    plain, other = load(GOOD), load("\ufeff" + GOOD.replace("\n", "\r\n"))
    assert other.shapes == plain.shapes
    assert other.headings == plain.headings


# Each case replaces a piece of GOOD and names every line the answer must have.
BAD = [
    ("category: eltwise", "category: eltwize", ["spec.md:3: category: 'eltwize' is not one of eltwise, reduction, normalization, matmul, data_movement, other (did you mean 'eltwise'?)"]),
    ("category: eltwise", "categori: eltwise", ["spec.md:2: category: required key is missing", "spec.md:3: categori: unknown key (did you mean 'category'?)"]),
    ("operation: scale_shift", "operation: ScaleShift", ["spec.md:2: operation: 'ScaleShift' does not match ^[a-z][a-z0-9_]*$"]),
    ("operation: scale_shift", "operation: class", ["spec.md:2: operation: 'class' is a reserved word in C++, Python or every operation's signature"]),
    ("operation: scale_shift", "operation: scale__shift", ["spec.md:2: operation: 'scale__shift' is not plain snake_case"]),
    ("    domain: [0.5, 2]", "    domian: [0.5, 2]", ["spec.md:8: inputs.1.domian: unknown key (did you mean 'domain'?)"]),
    ("    domain: [0.5, 2]", "    domain: [2, 0.5]", ["spec.md:6: inputs.1: domain [2.0, 0.5]: the first must be less than the second"]),
    ("    domain: [0.5, 2]", "    domain: [0.5, .inf]", ["spec.md:8: inputs.1.domain.1: input should be a finite number"]),
    ("    dtypes: [bfloat16]", "    dtypes: [bfloat61]", ["spec.md:7: inputs.1.dtypes.0: 'bfloat61' is not one of bfloat16, float32, bfloat8_b, bfloat4_b, uint32, int32, uint16, uint8 (did you mean 'bfloat16'?)"]),
    ("    dtypes: [bfloat16]", "    dtypes: []", ["spec.md:7: inputs.1.dtypes: tuple should have at least 1 item after validation, not 0"]),
    ("rank: [2, 4]", "rank: [4, 2]", ["spec.md:5: inputs.0: rank [4, 2]: the first must not be greater than the second"]),
    ("name: y\n", "name: x\n", ["spec.md:6: inputs.1.name: 'x' is already the name of inputs.0", "spec.md:12: formula: column 13: unknown name 'y'; known: x, x, slope"]),
    ("name: slope", "name: exp", ["spec.md:10: parameters.0.name: 'exp' is a function of the formula language; choose another name", "spec.md:12: formula: column 1: unknown name 'slope'; known: x, y, exp"]),
    ("name: slope", "name: scale_shift", ["spec.md:10: parameters.0.name: 'scale_shift' is the operation's own name", "spec.md:12: formula: column 1: unknown name 'slope'; known: x, y, scale_shift"]),
    ("default: 1e-1", "default: 2", ["spec.md:10: parameters.0: default 2 is out of range [0.0, 1.0]"]),
    ("default: 1e-1", "default: true", ["spec.md:10: parameters.0: default True is not of type float"]),
    ("type: float, default: 1e-1", "type: int, default: 0.5", ["spec.md:10: parameters.0: default 0.5 is not of type int"]),
    ("range: [0, 1]", "range: [1, 0]", ["spec.md:10: parameters.0: range [1.0, 0.0]: the first must be less than the second"]),
    ("type: float, default: 1e-1, range: [0, 1]", "type: int, range: [0.2, 0.8]", ["spec.md:10: parameters.0: range [0.2, 0.8] holds no integer"]),
    ("default: 1e-1, range: [0, 1]", "description: none", ["spec.md:10: parameters.0: without a default, a range is needed so that tests have a value"]),
    ("default: 1e-1", "default: high", ["spec.md:10: parameters.0.default: input should be a valid number"]),
    ("dtype: x.dtype", "dtype: z.dtype", ["spec.md:11: output.dtype: 'z.dtype' is not one of x.dtype, y.dtype, bfloat16, float32, bfloat8_b, bfloat4_b, uint32, int32, uint16, uint8 (did you mean 'y.dtype'?)"]),
    ("dtype: x.dtype", "dtype: x.dtype, memory: dram", ["spec.md:11: output.memory: 'dram' is not one of x.memory, y.memory, dram_interleaved, l1_interleaved, height_sharded, width_sharded, block_sharded"]),
    ("slope * x + y", "slope * x + sigmod(y)", ["spec.md:12: formula: column 13: unknown function 'sigmod' (did you mean 'sigmoid'?)"]),
    ("slope * x + y", "slope * x", ["spec.md:6: inputs.1.name: 'y' does not occur in the formula"]),
    ("slope * x + y", "x + y", ["spec.md:10: parameters.0.name: 'slope' does not occur in the formula"]),
    ("formula: slope * x + y", "formula: 3", ["spec.md:12: formula: input should be a valid string"]),
    ("formula: slope * x + y", "formula: slope * x + y\ngolden: golden.py:f", ["spec.md:13: golden: formula and golden exclude each other; remove one", "spec.md:13: golden: no file 'golden.py' beside the spec"]),
    ("formula: slope * x + y", "golden: golden.py", ["spec.md:12: golden: 'golden.py' does not match ^[^:]+\\.py:[A-Za-z_][A-Za-z0-9_]*$"]),
    ("formula: slope * x + y", "golden: ../golden.py:f", ["spec.md:12: golden: '../golden.py' is outside the spec's folder"]),
    ("  - [[64, 32], [64, 1]]", "  - [[64, 32], [32, 64]]", ["spec.md:15: shapes.1: case 1: the formula does not work on these shapes: shapes [64, 32] and [32, 64] do not broadcast together (in add)"]),
    ("  - [[64, 32], [64, 1]]", "  - [[64, 1], [64, 32]]", ["spec.md:15: shapes.1: case 1: output.shape gives [64, 1], the formula [64, 32]"]),
    ("  - [[64, 32], [64, 1]]", "  - [[32], [32]]", ["spec.md:15: shapes.1: case 1: [32] has rank 1, and 'x' takes 2 to 4", "spec.md:15: shapes.1: case 1: [32] has rank 1, and 'y' takes 2 to 4"]),
    ("  - [[64, 32], [64, 1]]", "  - [64, 32]", ["spec.md:15: shapes.1: case 1 has 1 shapes for 2 inputs"]),
    ("  - [[64, 32], [64, 1]]", "  - [[64, 0], [64, 1]]", ["spec.md:15: shapes.1.0.1: input should be greater than or equal to 1"]),
    ("  - [[64, 32], [64, 1]]", "  - [[64, 32.5], [64, 1]]", ["spec.md:15: shapes.1.0.1: input should be a valid integer"]),
    ("  - [[64, 32], [64, 1]]", "  - [[16384, 16384], [1, 1]]", ["spec.md:15: shapes.1: case 1: [16384, 16384] has more than 67108864 elements"]),
    ("  - [[64, 32], [64, 1]]", "  - [[1, 1, 32, 32], [1, 1, 32, 32]]", ["spec.md:15: shapes.1: case 1 repeats case 0"]),
    ("shape: x.shape", "shape: z.shape", ["spec.md:11: output.shape: unknown input 'z'"]),
    ("shape: x.shape", "shape: '[x.shape[0]]'", ["spec.md:14: shapes.0: case 0: output.shape gives [1], the formula [1, 1, 32, 32]", "spec.md:15: shapes.1: case 1: output.shape gives [64], the formula [64, 32]", "spec.md:16: shapes.2: case 2: output.shape gives [2], the formula [2, 64, 96]", "spec.md:17: shapes.3: case 3: output.shape gives [2], the formula [2, 64, 32]"]),
    ("category: eltwise", "category: eltwise\ntolerance: {pcc: 0.5, rel_l2: 0.9}", ["spec.md:4: tolerance.pcc: input should be greater than or equal to 0.9", "spec.md:4: tolerance.rel_l2: input should be less than or equal to 0.3"]),
    ("category: eltwise", "category: eltwise\ncategory: other", ["spec.md:4: category: duplicate key, first on line 3"]),
    ("category: eltwise", "category: eltwise\n1: 2", ["spec.md:4: a key must be text"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "expected"), BAD, ids=[f"{old.strip()}->{new.strip()}"[:60] for old, new, _ in BAD]
)
def test_mistakes_are_named_with_line_and_guess(old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))
    assert found == expected


def test_all_mistakes_come_at_once_in_the_order_of_lines() -> None:
    text = (
        GOOD.replace("eltwise", "eltwize")
        .replace("domain", "domian")
        .replace("[64, 1]", "[64, x]")
        .replace("1e-1", "7")
    )
    assert [line.split(": ")[0] + ": " + line.split(": ")[1] for line in problems(text)] == [
        "spec.md:3: category",
        "spec.md:8: inputs.1.domian",
        "spec.md:10: parameters.0",
        "spec.md:15: shapes.1.1.1",
    ]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("# Swish\nScale by the sigmoid.\n", "operation, category, inputs, output, shapes, formula or golden"),
        ("", "operation, category, inputs, output, shapes, formula or golden"),
        ("---\n---\nprose\n", "operation, category, inputs, output, shapes, formula or golden"),
        ("---\noperation: swish\ncategory: eltwise\n---\n", "inputs, output, shapes, formula or golden"),
        ("---\noperation: swish\ncategory: eltwise\nformula: x\n---\n", "inputs, output, shapes"),
    ],
)
def test_a_contract_that_is_not_written_yet_is_an_error_of_its_own(text: str, missing: str) -> None:
    with pytest.raises(IncompleteSpecError) as caught:
        load(text)
    assert ", ".join(caught.value.missing) == missing
    what = (
        "the contract is incomplete"
        if text.startswith("---")
        else "no contract: the file does not begin with a line `---`"
    )
    assert str(caught.value) == f"spec.md:1: {what}; missing: {missing}"
    assert "---" in caught.value.hint


def test_neither_formula_nor_golden() -> None:
    with pytest.raises(IncompleteSpecError) as caught:
        load(GOOD.replace("formula: slope * x + y\n", ""))
    assert caught.value.missing == ("formula or golden",)
    assert [str(p) for p in caught.value.problems] == ["spec.md:2: no golden: give either formula or golden"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\noperation: swish\n", "spec.md:1: the front matter is not closed by a line `---`"),
        ("---\na: 1\nb: c: d\n---\n", "spec.md:3: not YAML: mapping values are not allowed here"),
        ("---\n- a\n- b\n---\n", "spec.md:2: a mapping of keys is expected"),
        ("---\n" + "[" * 5000 + "\n---\n", "spec.md:2: nested too deeply"),
        ("---\na: " + "[" * 60 + "]" * 60 + "\n---\n", "spec.md:2: a.0.0: nested too deeply"),
        ("---\na: &x [1]\nb: [*x, *x]\n---\n", "spec.md:3: b.0: aliases are not supported; write the value again"),
    ],
)
def test_front_matter_that_cannot_be_read(text: str, expected: str) -> None:
    assert expected in problems(text)


def test_files_that_cannot_be_read(here: Path) -> None:
    (here / "binary.md").write_bytes(b"---\nop: \xff\xfe\n---\n")
    for name, message in [
        ("none.md", "none.md: no such file"),
        ("binary.md", "binary.md: not UTF-8 text"),
        (".", "is a directory"),
    ]:
        with pytest.raises(ConfigError) as caught:
            load_spec(Path(name))
        assert message in str(caught.value.problems[0])


WITH_GOLDEN = GOOD.replace("formula: slope * x + y", "golden: golden.py:reference")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def referense(x, y, slope): return x\n", "no function 'reference' in golden.py (did you mean 'referense'?)"),
        ("def reference(x, y): return x\n", "golden.py:1: reference has no argument 'slope'"),
        ("\ndef reference(x, y, slope, bias): return x\n", "golden.py:2: reference needs 'bias', which the spec lacks"),
        ("def reference(x, y, slope, /): return x\n", "golden.py:1: reference is called with keywords; remove the '/'"),
        ("x = 1\ndef reference(:\n", "golden.py:2: invalid syntax"),
    ],
)
def test_golden_files_that_do_not_fit(here: Path, code: str, message: str) -> None:
    (here / "golden.py").write_text(code)
    assert problems(WITH_GOLDEN) == [f"spec.md:12: golden: {message}"]


def test_a_golden_file_is_checked_without_being_run(here: Path) -> None:
    (here / "golden.py").write_text("raise RuntimeError('ran')\ndef reference(x, y, slope): return x\n")
    spec = load(WITH_GOLDEN)
    with pytest.raises(ConfigError, match=r"golden.py: cannot be loaded: RuntimeError: ran"):
        golden(spec)


def test_golden_from_a_file_and_from_a_formula_agree(here: Path) -> None:
    (here / "golden.py").write_text("def reference(x, y, slope, extra=0): return slope * x + y + extra\n")
    inputs = {"x": np.array([[1.0, 2.0]], dtype=np.float32), "y": np.array([[3.0]])}
    from_file, from_formula = golden(load(WITH_GOLDEN)), golden(load(GOOD))
    for parameters in ({}, {"slope": 0.5}):
        np.testing.assert_array_equal(from_file(inputs, parameters), from_formula(inputs, parameters))
    assert from_file(inputs, {}).dtype == np.float64


def test_a_changed_golden_file_is_read_again(here: Path) -> None:
    (here / "golden.py").write_text("def reference(x, y, slope): return x * 1\n")
    spec = load(WITH_GOLDEN)
    assert golden(spec)({"x": 2.0, "y": 0.0}, {}) == 2.0
    (here / "golden.py").write_text("def reference(x, y, slope): return x * 3\n")
    assert golden(spec)({"x": 2.0, "y": 0.0}, {}) == 6.0
    assert not (here / "__pycache__").exists()


def test_a_golden_that_fails_names_its_file(here: Path) -> None:
    (here / "golden.py").write_text("def reference(x, y, slope): return x / None\n")
    with pytest.raises(ConfigError, match=r"golden.py: reference failed: TypeError"):
        golden(load(WITH_GOLDEN))({"x": 1.0, "y": 1.0}, {})


@pytest.mark.parametrize(
    ("formula", "domain", "warned"),
    [
        ("log(x) * slope + y", "", True),
        ("log(x) * slope + y", ", domain: [0.1, 4]", False),
        ("sqrt(x) * slope + y", ", domain: [-1, 4]", True),
        ("exp(x) * slope + y", "", False),
    ],
)
def test_formulas_that_are_not_finite_on_their_domain(formula: str, domain: str, warned: bool) -> None:
    text = GOOD.replace("slope * x + y", formula).replace("rank: [2, 4]", f"rank: [2, 4]{domain}")
    messages = [str(warning) for warning in spec_warnings(load(text))]
    assert (len(messages) == 1) == warned
    assert all(m.startswith("spec.md:12: formula: not finite for x = ") and "domain" in m for m in messages)


@pytest.mark.parametrize(
    ("kind", "bounds", "expected"),
    [("float", "[1, 4]", 2.5), ("int", "[1, 4]", 2), ("int", "[0.5, 1.4]", 1)],
)
def test_a_required_parameter_has_a_value_for_tests(kind: str, bounds: str, expected: float) -> None:
    spec = load(GOOD.replace("type: float, default: 1e-1, range: [0, 1]", f"type: {kind}, range: {bounds}"))
    assert spec.parameters[0].value() == expected


def test_every_shipped_example_is_a_good_spec() -> None:
    examples = sorted(ROOT.glob("examples/*/spec.md"))
    assert examples
    for path in examples:
        assert spec_warnings(load_spec(path)) == ()


def test_front_matter_is_split_where_it_ends() -> None:
    document = split("---\na: 1\n---\nrest\n---\n")
    assert (document.header, document.prose, document.prose_line) == ("a: 1", "rest\n---", 4)
    assert headings("# A\n~~~\n# no\n~~~\n### B #\n#no\n", 10) == ((1, "A", 10), (3, "B", 14))


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        (
            "category: eltwise",
            "category: other",
            "spec.md:3: category: the gates know nothing of this category",
        ),
        (
            "float32], rank",
            "float32], layout: row_major, rank",
            "layout: the offline backend computes on tiles",
        ),
        (
            "float32], rank",
            "float32], memory: height_sharded, rank",
            "memory: the emulator has interleaved tensors only",
        ),
    ],
)
def test_what_this_version_does_not_gate_is_said(old: str, new: str, warning: str) -> None:
    assert old in GOOD
    said = [str(problem) for problem in spec_warnings(load(GOOD.replace(old, new, 1)))]
    assert any(warning in line for line in said), said
    assert not any(warning in str(problem) for problem in spec_warnings(load(GOOD)))


def test_mistakes_of_keys_and_of_the_formula_are_told_together(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "examples/swish/spec.md").read_text(encoding="utf-8")
    for right, wrong in (("sigmoid(beta", "sigmod(beta"), ("tolerance:", "tolerence:"), ("float32]", "float33]")):
        text = text.replace(right, wrong, 1)
    (tmp_path / "spec.md").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_spec(tmp_path / "spec.md")
    assert [problem.path for problem in caught.value.problems] == ["inputs.0.dtypes.1", "formula", "tolerence"]
    assert "did you mean 'sigmoid'" in caught.value.problems[1].message


@pytest.mark.parametrize("inputs", ["3", "[4]", "[{name: 5}]", "{a: 1}"])
def test_a_formula_is_left_alone_when_the_names_cannot_be_told(tmp_path: Path, inputs: str) -> None:
    (tmp_path / "spec.md").write_text(
        f"---\noperation: a\ncategory: eltwise\ninputs: {inputs}\noutput: 1\nshapes: []\nformula: sigmod(x)\n---\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_spec(tmp_path / "spec.md")
    assert "formula" not in {problem.path for problem in caught.value.problems}

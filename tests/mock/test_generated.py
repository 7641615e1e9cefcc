"""Operations in Python under the genuine library: generated ones pass, and each mistake is caught at the user's line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from op_pipeline import mock
from op_pipeline.backends.template import generate
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.models import FailureClass
from op_pipeline.spec import Spec, load_spec

SPECS = Path(__file__).parents[1] / "specs"
GREEN = (
    "abs", "adam_update", "add_row", "affine_rows", "batch_product", "channel_bias", "clip", "divide", "exp", "gelu_tanh",
    "join_columns", "layer_norm", "linear_relu", "linear_silu", "log_softmax", "logaddexp", "max_w", "mish",
    "outer_product", "polynomial", "power_of", "rms_norm", "rows_crop", "scores", "select", "shift_count", "sigmoid",
    "smooth_l1", "softmax", "sum_w", "swiglu", "tan", "to_rows", "to_tiles", "transpose_planes",
)  # fmt: skip
LEAST = 30


def written(spec: Spec, tree: Path) -> Path:
    """The operation's finished tree."""
    for stage in range(8):
        for name, text in generate(spec, stage).items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
    return tree


def call_of(spec: Spec, tree: Path) -> mock.Call:
    """The operation on the spec's first case."""
    tensors = tuple(
        mock.Tensor(shape, item.dtypes[0], item.layout, item.memory)
        for item, shape in zip(spec.inputs, spec.shapes[0], strict=True)
    )
    name = spec.operation
    path = ((tree / spec.operation_path).parent,)
    return mock.Call(path, f"ttnn.operations.{name}", name, tensors, tuple(item.value() for item in spec.parameters))


def present() -> list[str]:
    return [name for name in GREEN if (SPECS / f"{name}.md").is_file()]


def test_there_are_enough() -> None:
    assert len(present()) >= LEAST, sorted(set(GREEN) - set(present()))


@pytest.mark.slow
@pytest.mark.parametrize("name", present())
def test_a_generated_operation_passes_host_check_and_compile_check(
    name: str, library: mock.Library, tmp_path: Path
) -> None:
    spec = load_spec(SPECS / f"{name}.md").in_flow("generic-op")
    call = call_of(spec, written(spec, tmp_path))
    checked = mock.check(library, call, tmp_path, level="compile", cache=cache_folder())
    assert checked.verdict is mock.Verdict.COMPILED, checked.failures
    assert checked.compiled in {2, 5}  # without a compute kernel, two
    output = spec.output_shape(spec.shapes[0])
    assert tuple(checked.output["shape"]) == tuple(output)
    assert checked.output["layout"] == spec.output.layout.upper()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Spec, Path]:
    spec = load_spec(SPECS / "clip.md").in_flow("generic-op")
    return spec, written(spec, tmp_path_factory.mktemp("clip"))


K = FailureClass
HOST = "clip_program_descriptor.py"
# What is replaced by what, in which file; the class; words of the message.
MISTAKES: dict[str, tuple[str, str, str, FailureClass, str]] = {
    "name_that_does_not_exist": (HOST, "ttnn.split_work_to_cores(", "ttnn.split_work_to_core(", K.MISSING_SYMBOL, "split_work_to_core"),
    "unknown_keyword": (HOST, "runtime_args=reader_args,", "runtime_arguments=reader_args,", K.SIGNATURE_MISMATCH, "KernelDescriptor"),
    "config_missing": (HOST, "            config=ttnn.ReaderConfigDescriptor(),\n", "", K.SIGNATURE_MISMATCH, "KernelDescriptor"),
    "config_of_old_prompts": (HOST, "ttnn.ReaderConfigDescriptor()", "ttnn.ReaderConfig()", K.MISSING_SYMBOL, "ReaderConfig"),
    "data_format_of_old_prompts": (HOST, "data_format=dtype", "data_format=ttnn.DataFormat.Float16_b", K.MISSING_SYMBOL, "DataFormat"),
    "number_of_pages": (HOST, "page_size=page_size)\n", "page_size=page_size, num_pages=2)\n", K.SIGNATURE_MISMATCH, "CBFormatDescriptor"),
    "text_as_argument": (HOST, "[x.buffer_address(), ", "['x', ", K.SIGNATURE_MISMATCH, ""),
    "negative_argument": (HOST, "[x.buffer_address(), ", "[-1, ", K.SIGNATURE_MISMATCH, ""),
    "kernel_file_missing": (HOST, "kernels/reader_clip.cpp", "kernels/read_clip.cpp", K.MISSING_SYMBOL, "read_clip.cpp"),
    "buffer_index_40": (HOST, "_circular_buffer(0, ", "_circular_buffer(40, ", K.PROTOCOL_ERROR, "40"),
    "buffer_index_twice": (HOST, "_circular_buffer(16, ", "_circular_buffer(0, ", K.PROTOCOL_ERROR, ""),
    "size_no_multiple_of_the_page": (HOST, "total_size=num_pages * page_size", "total_size=num_pages * page_size + 16", K.PROTOCOL_ERROR, "page"),
    "buffers_over_l1": (HOST, "x_format, 2, all_cores", "x_format, 900, all_cores", K.OUT_OF_MEMORY, "L1"),
    "two_kernels_on_one_processor": (HOST, "config=ttnn.WriterConfigDescriptor()", "config=ttnn.ReaderConfigDescriptor()", K.PROTOCOL_ERROR, ""),
    "no_tensors": ("clip.py", "ttnn.generic_op([x, output], program)", "ttnn.generic_op([], program)", K.PROTOCOL_ERROR, "io_tensors"),
    "missing_program": ("clip.py", "ttnn.generic_op([x, output], program)", "ttnn.generic_op([x, output])", K.SIGNATURE_MISMATCH, ""),
    "allocation_by_keyword": ("clip.py", "        x.dtype,\n", "        dtype=x.dtype,\n", K.BUILD_ERROR, "positional argument follows"),
    "shape_sliced": ("clip.py", "ttnn.Shape(list(x.shape))", "ttnn.Shape(x.shape[:2])", K.SIGNATURE_MISMATCH, ""),
    "huge_output": ("clip.py", "ttnn.Shape(list(x.shape))", "ttnn.Shape([64, 1024, 1024, 1024])", K.OUT_OF_MEMORY, ""),
    "syntax": ("clip.py", "    program = create", "    program == = create", K.BUILD_ERROR, "SyntaxError"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_of_the_host_side_is_caught_at_its_line(
    name: str, library: mock.Library, clip: tuple[Spec, Path], tmp_path: Path
) -> None:
    spec, tree = clip
    file, old, new, kind, words = MISTAKES[name]
    shutil.copytree(tree, tmp_path / "tree")
    place = tmp_path / "tree" / spec.operation_path / file
    text = place.read_text()
    assert old in text
    place.write_text(text.replace(old, new, 1))
    checked = mock.check(library, call_of(spec, tmp_path / "tree"), tmp_path / "tree", cache=cache_folder())
    assert checked.verdict is mock.Verdict.REFUSED, checked
    failure = checked.failures[0]
    assert failure.kind is kind, failure.message
    assert words.lower() in failure.message.lower()
    assert failure.file.startswith(spec.operation_path)
    assert failure.line > 0


CRASHES = {
    "page_size_0": ("page_size=page_size)", "page_size=0)", "SIGFPE"),
}


@pytest.mark.parametrize("name", CRASHES)
def test_what_crashes_the_library_is_a_verdict(
    name: str, library: mock.Library, clip: tuple[Spec, Path], tmp_path: Path
) -> None:
    spec, tree = clip
    old, new, signal = CRASHES[name]
    shutil.copytree(tree, tmp_path / "tree")
    place = tmp_path / "tree" / spec.operation_path / HOST
    place.write_text(place.read_text().replace(old, new, 1))
    checked = mock.check(library, call_of(spec, tmp_path / "tree"), tmp_path / "tree", cache=cache_folder())
    assert checked.verdict is mock.Verdict.CRASHED
    assert signal in checked.failures[0].message

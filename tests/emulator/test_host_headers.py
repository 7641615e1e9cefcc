"""Precompiled headers of ours stand in front of a source only where that changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from op_pipeline.emulator import host_headers
from op_pipeline.emulator.operation_build import build_operation, operation_sources

TREE = Path(__file__).resolve().parent / "tree"
RELATIVE = "ttnn/cpp/ttnn/operations/eltwise/multiply_add"

TYPES = '#include "ttnn/types.hpp"\n'
SPLIT = "#include <tt-metalium/work_split.hpp>\n"
USE = "auto f() { return tt::tt_metal::split_work_to_cores(tt::tt_metal::CoreCoord{8, 8}, 64); }\n"
FITTING = {
    "nothing of ours": "#include <cmath>\ndouble f(double v) { return std::cosh(v); }\n",
    "what it uses": SPLIT + USE,
    "a macro after all includes": SPLIT + "#define FIFTY 50\n" + USE,
    "words in comments and texts": '// split_work_to_cores\nconst char* words = "split_work_to_cores"; /* Tensor\n Tensor */\n',
    "words in a raw text": 'const char* words = R"doc(\n  split_work_to_cores("x", \'y)\n)doc";\n',
    "a namespace of ours opened": "namespace ttnn::operations::mine { int f() { return 1; } }\n",
    "a header of its own": '#include "own.hpp"\n' + USE,
}
OTHERS = {
    "no include": USE,
    "an include that comes too late": USE + SPLIT,
    "an include of another header": TYPES + USE,
    "a type that is only declared": "#include <tt-metalium/cb_descriptor.hpp>\nvoid f(Buffer& b) { b.deallocate(); }\n",
    "an include within a namespace": "namespace mine {\n" + SPLIT + "}\n",
    "an include within a statement": "int f(int)\n" + SPLIT + "; int g();\n",
    "a macro before an include": "#define TILE_SIZE 16\n" + SPLIT + USE,
    "a condition before an include": "#if 1\n#endif\n" + SPLIT + USE,
    "a question about a macro of ours": "#ifdef TT_FATAL\nint f();\n#endif\n",
    "a line continued": "#define F \\\n 1\n",
    "a header of its own that lacks the include": '#include "lacking.hpp"\n' + SPLIT,
    "a header of its own that may come twice": '#include "guarded.hpp"\n',
}


@pytest.mark.parametrize("case", sorted(FITTING) + sorted(OTHERS))
def test_a_source_fits_when_it_includes_what_it_uses(case: str, tmp_path: Path) -> None:
    (tmp_path / "own.hpp").write_text("#pragma once\n" + SPLIT + "inline int own() { return 1; }\n")
    (tmp_path / "lacking.hpp").write_text("#pragma once\n" + USE)
    (tmp_path / "guarded.hpp").write_text("inline int guarded() { return 1; }\n")
    text = {**FITTING, **OTHERS}[case]
    assert host_headers.fits(text, tmp_path / "source.cpp", (str(tmp_path),), str(tmp_path)) == (case in FITTING)


def test_a_header_of_the_tree_does_not_count_as_ours(tmp_path: Path) -> None:
    """Beside the source a name of ours is another file."""
    own = tmp_path / "ttnn" / "types.hpp"
    own.parent.mkdir()
    own.write_text("#pragma once\n")
    text = TYPES + "ttnn::Tensor f();\n"
    assert not host_headers.fits(text, tmp_path / "source.cpp", (str(tmp_path),), str(tmp_path))
    own.unlink()
    assert host_headers.fits(text, tmp_path / "source.cpp", (str(tmp_path),), str(tmp_path))


def test_the_hand_written_operation_fits_and_still_needs_its_includes(tmp_path: Path) -> None:
    operation = tmp_path / RELATIVE
    shutil.copytree(TREE / RELATIVE, operation)
    for path in operation_sources(operation):
        assert host_headers.fits(path.read_text(), path, (str(operation),), str(tmp_path)), path.name
    factory = operation / "device/multiply_add_program_factory.cpp"
    factory.write_text(factory.read_text().replace(SPLIT, ""))
    built = build_operation(operation)
    assert built.library is None
    assert "split_work_to_cores" in built.problems[0].message

"""Exports of a generated operation into small checkouts that have tt-metal's build files."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.backends.template import generate
from op_pipeline.cli import main
from op_pipeline.errors import ConfigError
from op_pipeline.export import plan_export, source_of, write
from op_pipeline.repo import format_message, open_repository
from op_pipeline.spec import Spec, load_spec
from op_pipeline.testing import git, init_repository

SPEC = Path(__file__).resolve().parents[1] / "specs" / "clip.md"
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/clip"

BUILD = """\
add_library(ttnn_core ${LIB_TYPE})
target_link_libraries(ttnn_core PUBLIC TT::Metalium)

target_link_libraries(
    ttnncpp
    PUBLIC
        TT::Metalium
    PRIVATE
        TTNN::Core
        TTNN::Ops::Bernoulli
        TTNN::Ops::Eltwise::Binary
        TTNN::Ops::Eltwise::Unary
        TTNN::Ops::Full
)
if(WITH_PYTHON_BINDINGS)
    target_link_libraries(ttnn PRIVATE TT::Nanobind)
endif()

add_subdirectory(cpp/ttnn/deprecated)
add_subdirectory(cpp/ttnn/operations/bernoulli)
add_subdirectory(cpp/ttnn/operations/eltwise/binary)
add_subdirectory(cpp/ttnn/operations/eltwise/unary)
add_subdirectory(cpp/ttnn/operations/full)
"""
BINDING = """\
#include <nanobind/nanobind.h>

#include "ttnn/operations/bernoulli/bernoulli_nanobind.hpp"
#include "ttnn/operations/eltwise/unary/unary_nanobind.hpp"
#include "ttnn/operations/full/full_nanobind.hpp"

namespace ttnn::operations {

void py_module(nb::module_& mod) {
    if (true) {
        nb::set_leak_warnings(true);
    }
    auto m_full = mod.def_submodule("full", "full operation");
    full::bind_full_operation(m_full);
}
}  // namespace ttnn::operations

NB_MODULE(_ttnn, mod) { ttnn::operations::py_module(mod); }
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which all stages of the operation are committed on its branch."""
    root = tmp_path_factory.mktemp("project")
    (root / "spec.md").write_text(SPEC.read_text())
    init_repository(root)
    git(root, "checkout", "-q", "-b", "op/clip")
    for stage in range(8):
        for name, text in generate(load_spec(SPEC), stage).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        git(root, "add", "-A")
        message = format_message(f"stage {stage}", "", {"Operation": "clip", "Stage": f"{stage} x", "Attempt": "1"})
        git(root, "commit", "-q", "--allow-empty", "-m", message)
    git(root, "checkout", "-q", "main")
    return root


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of tt-metal as an export looks at, committed."""
    root = tmp_path / "tt-metal"
    for name, text in {
        "tt_metal/README.md": "",
        "ttnn/CMakeLists.txt": BUILD,
        "ttnn/cpp/ttnn-nanobind/__init__.cpp": BINDING,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    init_repository(root)
    return root


def spec_of(project: Path) -> Spec:
    return load_spec(project / "spec.md")


def exported(project: Path, checkout: Path, *options: str) -> int:
    return main(["export", str(project / "spec.md"), "--to", str(checkout), "-C", str(project), *options])


def test_files_and_build_lines_are_written_where_they_belong(
    project: Path, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exported(project, checkout) == 0
    for stage in range(8):
        for name, text in generate(load_spec(SPEC), stage).items():
            if stage == 7 or name not in generate(load_spec(SPEC), 7):
                assert (checkout / name).is_file(), name
                if stage == 7:
                    assert (checkout / name).read_text() == text
    build = (checkout / "ttnn/CMakeLists.txt").read_text().splitlines()
    place = build.index("add_subdirectory(cpp/ttnn/operations/eltwise/clip)")
    assert build[place - 1].endswith("eltwise/binary)")
    assert build[place + 1].endswith("eltwise/unary)")
    place = build.index("        TTNN::Ops::Eltwise::Clip")
    assert build[place - 1].strip() == "TTNN::Ops::Eltwise::Binary"
    binding = (checkout / "ttnn/cpp/ttnn-nanobind/__init__.cpp").read_text()
    inside = binding.partition("void py_module")[2].partition("}  // namespace")[0]
    assert "eltwise::clip::bind_clip_operation(m_clip);\n}\n" in inside
    assert binding.index("eltwise/clip/clip_nanobind.hpp") < binding.index("eltwise/unary/unary_nanobind.hpp")
    told = capsys.readouterr().out
    assert "edited ttnn/CMakeLists.txt" in told
    assert "stages 0 to 7 green" in told


def test_a_second_time_nothing_is_left_to_do(
    project: Path, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exported(project, checkout) == 0
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "exported")
    capsys.readouterr()
    assert exported(project, checkout) == 0
    assert "all of it is there already" in capsys.readouterr().out
    assert git(checkout, "status", "--porcelain") == ""


def test_a_check_changes_nothing(project: Path, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported(project, checkout, "--check") == 0
    assert git(checkout, "status", "--porcelain") == ""
    told = capsys.readouterr().out
    assert f"would write {FOLDER}/clip.cpp" in told
    assert "  + add_subdirectory(cpp/ttnn/operations/eltwise/clip)" in told


def test_line_ends_of_the_checkout_are_kept(project: Path, checkout: Path) -> None:
    file = checkout / "ttnn/CMakeLists.txt"
    file.write_bytes(BUILD.replace("\n", "\r\n").encode())
    write(plan_export(source_of(open_repository(project, for_commits=False), spec_of(project)), checkout))
    text = file.read_bytes()
    assert b"eltwise/clip)\r\n" in text
    assert text.count(b"\n") == text.count(b"\r\n")


@pytest.mark.parametrize(
    ("file", "old", "what"),
    [
        ("ttnn/CMakeLists.txt", "add_subdirectory(cpp/ttnn/operations", "build the operation's folder"),
        ("ttnn/CMakeLists.txt", "    ttnncpp", "link its target"),
        ("ttnn/cpp/ttnn-nanobind/__init__.cpp", "_nanobind.hpp", "include its binding"),
        ("ttnn/cpp/ttnn-nanobind/__init__.cpp", "void py_module", "bind it"),
    ],
)
def test_what_has_no_place_is_named_for_doing_by_hand(  # noqa: PLR0917 - fixtures and a row of the table
    project: Path, checkout: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, what: str
) -> None:
    path = checkout / file
    path.write_text(path.read_text().replace(old, "# gone "))
    assert exported(project, checkout) == 1
    told = capsys.readouterr()
    assert f"{file}: no place found to {what}" in told.err
    assert "edited" in told.out  # the others are done


def test_a_missing_build_file_is_done_by_hand(project: Path, checkout: Path) -> None:
    (checkout / "ttnn/cpp/ttnn-nanobind/__init__.cpp").unlink()
    plan = plan_export(source_of(open_repository(project, for_commits=False), spec_of(project)), checkout)
    assert [step.what for step in plan.manual] == ["include its binding", "bind it"]


def test_what_git_could_not_give_back_is_not_overwritten(
    project: Path, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = checkout / FOLDER / "clip.cpp"
    mine.parent.mkdir(parents=True)
    mine.write_text("// my own edits\n")
    assert exported(project, checkout) == 2
    assert "clip.cpp in the checkout differs and is not committed there" in capsys.readouterr().err
    assert mine.read_text() == "// my own edits\n"
    assert not (checkout / FOLDER / "clip.hpp").exists()
    assert "edited" not in (checkout / "ttnn/CMakeLists.txt").read_text()
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "mine")
    assert exported(project, checkout) == 0
    assert "my own edits" not in mine.read_text()


def test_force_overwrites(project: Path, checkout: Path) -> None:
    mine = checkout / FOLDER / "clip.cpp"
    mine.parent.mkdir(parents=True)
    mine.write_text("// my own edits\n")
    assert exported(project, checkout, "--force") == 0
    assert "my own edits" not in mine.read_text()


def test_other_folders_and_operations_without_commits_are_refused(
    project: Path, checkout: Path, tmp_path: Path
) -> None:
    source = source_of(open_repository(project, for_commits=False), spec_of(project))
    with pytest.raises(ConfigError, match="no checkout of tt-metal: it has no tt_metal"):
        plan_export(source, tmp_path)
    other = project / "other.md"
    other.write_text(SPEC.read_text().replace("operation: clip", "operation: clip_other"))
    with pytest.raises(ConfigError, match="no green stage of clip_other on branch op/clip_other"):
        source_of(open_repository(project, for_commits=False), load_spec(other))
    other.unlink()


def test_an_operation_without_a_target_yet_is_refused(project: Path, checkout: Path) -> None:
    source = source_of(open_repository(project, for_commits=False), spec_of(project))
    files = {path: data for path, data in source.files.items() if not path.endswith("CMakeLists.txt")}
    early = type(source)(source.operation, source.category, source.is_cpp, source.commit, (0, 1), files)
    with pytest.raises(ConfigError, match="names its target"):
        plan_export(early, checkout)


def test_as_json(project: Path, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import json  # noqa: PLC0415

    assert exported(project, checkout, "--check", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["operation"] == "clip"
    assert len(told["edits"]) == 4
    assert f"{FOLDER}/clip_nanobind.cpp" in told["files"]

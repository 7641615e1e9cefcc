"""Where the real kernels are looked for, and what is said when there are none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from op_pipeline.emulator.generations import CURRENT
from op_pipeline.testing.wheel import VARIABLE, NoWheel, Wheel, find_wheel

SOURCE = "ttnn/ttnn/cpp/ttnn/operations/toy/device/kernels/reader.cpp"
DEVICE = "ttnn/tt_metal/hw/inc/api/dataflow/noc.h"


def files(release: str = CURRENT) -> dict[str, str]:
    return {SOURCE: "kernel", DEVICE: "not ours to read", f"ttnn-{release}.dist-info/METADATA": f"Version: {release}"}


def unpacked(folder: Path, release: str = CURRENT) -> Path:
    for name, text in files(release).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def packed(folder: Path, release: str = CURRENT, **more: str) -> Path:
    path = folder / f"ttnn-{release}-cp312-cp312-manylinux_2_34_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files(release), **more}.items():
            archive.writestr(name, text)
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("make", [unpacked, packed])
def test_sources_are_found_and_the_headers_of_the_device_are_out_of_reach(
    make: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(make)
    monkeypatch.setenv(VARIABLE, str(make(tmp_path)))
    found = find_wheel()
    assert isinstance(found, Wheel)
    assert found.version == CURRENT
    assert (found.root / SOURCE.removeprefix("ttnn/")).read_text() == "kernel"
    assert [path.name for path in found.root.iterdir()] == ["ttnn"]
    assert [path.name for path in (found.root / "ttnn").iterdir()] == ["cpp"]
    assert find_wheel() == found


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("nothing here", "neither a .whl file nor an unpacked ttnn wheel"),
        ("other-1.0-py3-none-any.whl", "is no .whl file of ttnn"),
        (f"ttnn-{CURRENT}-broken.whl", "cannot be unpacked"),
        (f"ttnn-{CURRENT}-empty.whl", "it has nothing below ttnn/ttnn/cpp/"),
    ],
)
def test_what_cannot_be_used_is_a_reason(place: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other-1.0-py3-none-any.whl").touch()
    (tmp_path / f"ttnn-{CURRENT}-broken.whl").write_text("no zip", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / f"ttnn-{CURRENT}-empty.whl", "w") as archive:
        archive.writestr(DEVICE, "")
    monkeypatch.setenv(VARIABLE, str(tmp_path / place))
    found = find_wheel()
    assert isinstance(found, NoWheel)
    assert says in found.reason


@pytest.mark.parametrize("make", [unpacked, packed])
def test_another_release_is_refused(make: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(make)
    monkeypatch.setenv(VARIABLE, str(make(tmp_path, "0.62.2")))
    found = find_wheel()
    assert isinstance(found, NoWheel)
    assert f"is ttnn 0.62.2; the emulator's headers are those of {CURRENT}" in found.reason

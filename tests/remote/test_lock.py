"""Two users of one card, and the mark of one that died."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError
from op_pipeline.remote import RemoteDevice
from op_pipeline.remote.lock import Busy, Dirty, held
from op_pipeline.testing.device import Desk

HOLD = """
import sys; from pathlib import Path
from op_pipeline.remote.lock import Dirty, held
lock = Path(sys.argv[1])
with held(lock, 5):
    Dirty(lock).set("an operation was running")
    print("held", flush=True)
    sys.stdin.read()
    Dirty(lock).clear()
"""


def test_a_second_user_waits_and_is_told_for_whom(desk: Desk) -> None:
    lock = Path(desk.settings.lock)
    other = proc.Conversation([sys.executable, "-c", HOLD, lock], cwd=desk.folder, env=proc.clean_environment())
    told: list[str] = []
    try:
        with open(other.stdout, "rb", closefd=False) as said:
            assert said.readline() == b"held\n"
        with pytest.raises(Busy, match=r"held by pid \d+ of \w+ since 20\d\d-") as caught, held(lock, 0, told.append):
            pass
        assert str(lock) in str(caught.value)
        assert told == []

        def end(holder: str) -> None:
            told.append(holder)
            other.hang_up()

        with held(lock, 10, end):
            assert len(told) == 1
            assert not Dirty(lock).why()
    finally:
        other.close()


def test_a_card_whose_user_died_is_reset_before_the_next_start(desk: Desk) -> None:
    lock = Path(desk.settings.lock)
    other = proc.Conversation([sys.executable, "-c", HOLD, lock], cwd=desk.folder, env=proc.clean_environment())
    with open(other.stdout, "rb", closefd=False) as said:
        said.readline()
    other.stop()
    other.close()
    assert "running (pid" in Dirty(lock).why()
    device = RemoteDevice(desk.settings, desk.tree)
    with device.reserved(desk.logs):
        assert desk.calls() == ["-r 0", "-ls"]
        assert not Dirty(lock).why()
    assert "reset before the start: an operation was running" in desk.log("device.txt")
    with device.reserved(desk.logs):
        assert desk.calls() == ["-r 0", "-ls"], "a card in order is not reset"


@pytest.mark.parametrize(
    ("smi", "words"), [("fails and exits 0", "does not list"), ("hangs in listing", "-ls did not")]
)
def test_without_a_card_that_is_back_nothing_starts(desk: Desk, smi: str, words: str) -> None:
    Dirty(Path(desk.settings.lock)).set("hung")
    desk.smi_does(smi)
    settings = replace(desk.settings, reset_seconds=0.7)
    with pytest.raises(InfrastructureError, match=words), RemoteDevice(settings, desk.tree).reserved(desk.logs):
        pytest.fail("the device was given out")
    assert Dirty(Path(desk.settings.lock)).why().startswith("hung")


def test_a_device_file_that_is_gone_is_no_card(desk: Desk) -> None:
    Dirty(Path(desk.settings.lock)).set("hung")
    Path(desk.settings.node).unlink()
    device = RemoteDevice(desk.settings, desk.tree)
    with pytest.raises(InfrastructureError, match="tenstorrent/0 is gone"), device.reserved(desk.logs):
        pass


def test_a_lock_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "no" / "folder", tmp_path / "link"):
        with pytest.raises(InfrastructureError, match="cannot be opened"), held(path, 0):
            pass
    assert not (tmp_path / "elsewhere").exists()
    with held(tmp_path / "new", 0):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o666


def test_a_simulator_needs_no_lock(desk: Desk) -> None:
    device = RemoteDevice(desk.simulated(), desk.tree)
    with device.reserved(desk.logs), device.reserved(desk.logs):
        assert not list(desk.folder.glob("*.lock*"))

"""A judge's time with a device: operations one after another, each watched; what hung or died is cleared up at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.failures import failure
from op_pipeline.models import Failure, FailureClass
from op_pipeline.remote import texts, vetting
from op_pipeline.remote.lock import Dirty
from op_pipeline.remote.process import Closed, Late, LibraryProcess, WireError
from op_pipeline.remote.resetting import reset
from op_pipeline.remote.settings import Settings

HANGS = 2  # after so many the rest of a run is not tried: what hung hangs again, and each costs a reset

Answer = tuple[dict[str, Any], Sequence[Any]]


class Session:
    """`folder` is scratch; `logs` gets library-N.txt, triage-N.txt, tt-smi.log. The caller holds the lock."""

    def __init__(self, settings: Settings, tree: str, folder: Path, logs: Path) -> None:
        self._settings, self._tree, self._folder, self._logs = settings, tree, folder, logs
        self._dirty = Dirty(Path(settings.lock)) if settings.lock else None
        self._process: LibraryProcess | None = None
        self._greeted = False
        self._started, self._hangs = 0, 0
        self._lost = ""

    def start(self) -> None:
        """Start the library without waiting for it."""
        if self._process is None and not self._lost:
            self._started += 1
            log = self._logs / f"library-{self._started}.txt"
            self._process = LibraryProcess(self._settings, self._tree, self._folder, log)
            self._greeted = False

    def execute(self, body: Mapping[str, Any], arrays: Sequence[Any]) -> Answer | Failure:
        """The worker's answer: `changed` and the output; or why there is none."""
        cannot = vetting.beyond(body["launches"], [*body["inputs"], body["output"]])
        if cannot:
            return self._broken(f"target {self._settings.kind} cannot run {cannot}; use --target emulator")
        unsafe = next(filter(None, (vetting.unsafe(launch["image"]) for launch in body["launches"])), None)
        if unsafe is not None:
            return unsafe
        if self._hangs >= HANGS:
            message = f"not run: {self._hangs} operations of this run hung before"
            return failure(FailureClass.HANG_UNKNOWN, message)
        problem = self._lost or self._greet()
        if problem:
            return self._broken(problem)
        return self._watched(body, arrays)

    def close(self) -> None:
        """Have the library give the device back, then end it."""
        if self._process is not None:
            process, self._process = self._process, None
            process.leave()

    def _greet(self) -> str:
        """Why the device cannot be opened; no code of a candidate has anything to do with it."""
        self.start()
        if self._greeted:
            return ""
        assert self._process is not None
        try:
            told = self._process.call("hello", {}, (), self._settings.start_seconds).body
        except Late:
            why = f"it did not come up within {self._settings.start_seconds:g} s"
        except (Closed, WireError) as error:
            why = f"it {self._process.ended() or error}: {self._process.tail().strip()[-500:]}"
        else:
            why = str(told["unusable"]) if "unusable" in told else ""
        self._greeted = not why
        if why:
            self._end()
            return f"the real ttnn cannot open {self._settings.name}: {why}"
        return ""

    def _watched(self, body: Mapping[str, Any], arrays: Sequence[Any]) -> Answer | Failure:
        assert self._process is not None
        image = _all(body["launches"])
        if self._dirty is not None:
            self._dirty.set("an operation was running")
        try:
            reply = self._process.call("execute", body, arrays, self._settings.operation_seconds)
        except Late:
            return self._hung("", image)
        except (Closed, WireError) as error:
            return self._died(error, image)
        if "raised" in reply.body:
            return self._raised(reply.body["raised"], image)
        if self._dirty is not None:
            self._dirty.clear()
        if "beyond" in reply.body:
            return self._broken(f"target {self._settings.kind} cannot run {reply.body['beyond']}")
        return reply.body, reply.arrays

    def _raised(self, told: Mapping[str, Any], image: Mapping[str, Any]) -> Failure:
        """The library refused, or noticed a hang. It is started anew: after failed builds it falls over at its end."""
        text = str(told.get("text", ""))
        if texts.is_hang(text):
            return self._hung(text, image)
        found = texts.raised(told, image, self._tree)
        if found.kind is FailureClass.ENV_ERROR:
            self._end()
            self._clear_up()
            return self._broken(found.message)
        assert self._process is not None
        process, self._process = self._process, None
        if process.leave() or self._dirty is None:
            if self._dirty is not None:
                self._dirty.clear()
        else:
            self._clear_up()
        return found

    def _died(self, error: Exception, image: Mapping[str, Any]) -> Failure:
        assert self._process is not None
        how = self._process.ended() or f"spoke no more as agreed ({error})"
        said = self._process.tail()
        self._end()
        self._clear_up()
        by_simulator = texts.simulator_error(said, image, self._tree)
        if by_simulator is not None:
            return by_simulator
        if texts.is_hang(said):
            self._hangs += 1
            triage = _text(self._logs / "triage-by-library.txt")
            return texts.hang(self._settings.own_seconds, "yes", triage, image, self._tree)
        if texts.is_lost(said):
            return self._broken(f"the device is lost: {said.strip()[-300:]}")
        message = f"the real ttnn {how} while it ran the program"
        return failure(FailureClass.CRASH, message, excerpt=said[-4000:])

    def _hung(self, noticed: str, image: Mapping[str, Any]) -> Failure:
        """Triage while it hangs, then end our own process, then reset."""
        self._hangs += 1
        triage = self._triage() or _text(self._logs / "triage-by-library.txt")
        self._end()
        self._clear_up()
        return texts.hang(self._settings.operation_seconds, noticed, triage, image, self._tree)

    def _triage(self) -> str:
        if not self._settings.triage or self._process is None:
            return ""
        log = self._logs / f"triage-{self._hangs}.txt"
        try:
            done = proc.run(self._settings.triage, env=self._process.env, deadline=self._settings.triage_seconds)
            text = done.output + (f"\n(ended after {done.seconds:.0f} s)" if done.timed_out else "")
        except proc.CommandNotFound as error:
            text = str(error)
        log.write_text(text, encoding="utf-8")
        return text

    def _clear_up(self) -> None:
        """A card that was left at work is reset. The mark stays until it is seen to be back."""
        if self._dirty is None:
            return
        self._dirty.set("an operation hung or died")
        problem = reset(self._settings, self._logs)
        if problem:
            self._lost = f"the card did not come back from its reset: {problem}"
        else:
            self._dirty.clear()

    def _end(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.tail()
            process.end()

    def _broken(self, message: str) -> Failure:
        return failure(FailureClass.ENV_ERROR, message)


def _all(launches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The kernels of all launches, each source once, where a message names one."""
    kernels = {(item["source"], item["risc"]): item for launch in launches for item in launch["image"]["kernels"]}
    return {"kernels": list(kernels.values())}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

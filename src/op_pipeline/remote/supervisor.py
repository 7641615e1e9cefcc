"""The judge's device worker where the real library runs programs: `python -I -B supervisor.py SETTINGS TREE LOGS`.

It speaks the judge's wire and watches the library's process; no code of a candidate is in it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn


def main() -> NoReturn:
    """Serve the judge."""
    try:
        import op_pipeline  # noqa: F401, PLC0415 - is it importable in isolated mode?
    except ImportError:  # run from a source tree that is not installed
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from op_pipeline.gates.workers.serving import serve  # noqa: PLC0415
    from op_pipeline.remote.session import Session  # noqa: PLC0415
    from op_pipeline.remote.settings import Settings  # noqa: PLC0415

    settings, tree, logs = sys.argv[1:4]
    session = Session(Settings.from_text(settings), tree, Path.cwd(), Path(logs))
    signal.signal(signal.SIGTERM, lambda *_: _leave(session))
    served = Served(session)
    serve({"hello": served.hello, "execute": served.execute}, own_children=True, at_end=session.close)


class Served:
    """The two requests of a judge to a device worker."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def hello(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """Ready; the library starts meanwhile."""
        from op_pipeline.gates.workers.wire import Message  # noqa: PLC0415

        del body, arrays
        self._session.start()
        return Message({"ready": True})

    def execute(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """The output of described programs, or the failure as data."""
        from dataclasses import asdict  # noqa: PLC0415

        from op_pipeline.gates.workers.wire import Message  # noqa: PLC0415
        from op_pipeline.models import Failure  # noqa: PLC0415

        answer = self._session.execute(body, arrays)
        if isinstance(answer, Failure):
            return Message({"failure": asdict(answer)})
        told, output = answer
        return Message({"report": told.get("report", {}), "changed": told.get("changed")}, tuple(output))


def _leave(session: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    session.close()
    raise SystemExit(0)


if __name__ == "__main__":
    main()

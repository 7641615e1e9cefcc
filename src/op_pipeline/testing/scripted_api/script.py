"""What the server answers, in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from op_pipeline.testing.scripted_api.faults import Fault
from op_pipeline.testing.scripted_api.messages import Reply, Request

Answer = Reply | Fault
Step = Answer | Callable[[Request], Answer]


class Script:
    """Steps that are used up one per request; a callable step looks at the request and chooses.

    `forever` is given to every request after the last step. Without it, a further request is an error of the test.
    """

    def __init__(self, steps: Iterable[Step] = (), *, forever: Step | None = None, name: str = "script") -> None:
        self.steps = list(steps)
        self.forever = forever
        self.name = name
        self.used = 0
        self._lock = threading.Lock()

    def take(self) -> Step | None:
        """The next step; None when there is none."""
        with self._lock:
            self.used += 1
            return self.steps[self.used - 1] if self.used <= len(self.steps) else self.forever

    @property
    def left(self) -> int:
        """Steps nobody asked for yet."""
        return max(0, len(self.steps) - self.used)


def as_script(source: Script | Iterable[Step], name: str) -> Script:
    """A script, from one or from its steps."""
    return source if isinstance(source, Script) else Script(source, name=name)

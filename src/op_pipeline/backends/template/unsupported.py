"""What the template backend cannot generate, as one error that names the construct."""

from __future__ import annotations


class UnsupportedSpecError(Exception):
    """A spec uses a construct this backend has no code for. Caught at the backend's edge and reported as a failure."""

    def __init__(self, construct: str, reason: str) -> None:
        """Name the construct as it stands in the spec, and why it cannot be generated here."""
        super().__init__(
            f"the template backend cannot generate {construct}: {reason}; another backend can take this stage"
        )
        self.construct = construct

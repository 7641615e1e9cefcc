"""Everything an API can do instead of answering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from op_pipeline.testing.scripted_api.messages import Reply, text

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


@dataclass(frozen=True)
class ApiError:
    """An HTTP error with the API's JSON body. `headers` may hold retry-after and the like."""

    status: int
    message: str = ""
    type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, object]:
        """The JSON that goes with it."""
        kind = self.type or _TYPES.get(self.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": self.message or kind.replace("_", " ")}}


@dataclass(frozen=True)
class Hang:
    """Takes the request and sends nothing, not even headers, for that many seconds; then closes."""

    seconds: float = 3600.0


@dataclass(frozen=True)
class Silent:
    """Begins a stream properly and then goes silent for that many seconds; then closes."""

    seconds: float = 3600.0
    reply: Reply = field(default_factory=lambda: Reply([text("I am")]))


@dataclass(frozen=True)
class Drop:
    """Resets the connection without a byte."""


@dataclass(frozen=True)
class Truncate:
    """Sends the first `events` events of a reply's stream, then cuts the connection."""

    reply: Reply = field(default_factory=lambda: Reply([text("half a sentence")]))
    events: int = 3


@dataclass(frozen=True)
class Malformed:
    """A well-formed HTTP answer whose JSON is none."""

    payload: str = '{"type": "message_start", "message": {'


@dataclass(frozen=True)
class StreamError:
    """An `error` event in the middle of a stream."""

    type: str = "overloaded_error"
    message: str = "overloaded"


Fault = ApiError | Hang | Silent | Drop | Truncate | Malformed | StreamError

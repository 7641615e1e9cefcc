"""The judge's lines to the runner, each with a code that only those two can make.

The code covers the line's place in the stream, so that a line can be neither invented nor changed, repeated, moved or
left out. The key reaches the judge over its stdin and stands nowhere else.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

KEY_BYTES = 32
_HEX = 64
_FIELD = ', "mac": "'
_LENGTH = len(_FIELD) + _HEX + len('"}')


class Forged(Exception):  # noqa: N818 - said as it is
    """A line that the judge did not write, or not there."""


class Signer:
    """Makes lines, in order."""

    def __init__(self, key: bytes) -> None:
        self._key, self._count = key, 0

    def line(self, record: Mapping[str, Any]) -> bytes:
        """The record with its code, as a line of JSON."""
        text = json.dumps(record).encode("utf-8", "backslashreplace")
        self._count += 1
        code = _code(self._key, self._count, text)
        return text[:-1] + f'{_FIELD}{code}"}}\n'.encode()


class Verifier:
    """Reads lines, in order."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.count = 0

    def record(self, line: bytes) -> dict[str, Any]:
        """What the next line says, given without its end of line. Raises Forged."""
        self.count += 1
        head, tail = line[:-_LENGTH], line[-_LENGTH:]
        text = head + b"}"
        wanted = f'{_FIELD}{_code(self._key, self.count, text)}"}}'.encode()
        if not hmac.compare_digest(tail, wanted):
            raise Forged(f"line {self.count} was not written by the judge, or not as line {self.count}")
        record = json.loads(text)
        assert isinstance(record, dict)
        return record


def _code(key: bytes, count: int, text: bytes) -> str:
    return hmac.new(key, b"%d\n" % count + text, "sha256").hexdigest()

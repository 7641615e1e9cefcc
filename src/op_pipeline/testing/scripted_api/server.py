"""The server: loopback only, one thread per connection, every request kept."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from op_pipeline.testing.scripted_api import faults, wire
from op_pipeline.testing.scripted_api.messages import Reply, Request
from op_pipeline.testing.scripted_api.script import Answer, Script, Step, as_script

KEY = "sk-ant-scripted-not-a-key"
Steps = Script | Iterable[Step]
Route = tuple[Callable[[Request], bool], Steps]


class ScriptedAPI:
    """A Messages API that plays scripts. Use as a context manager; `url` is its base address.

    A request goes to the first script that fits: a route whose condition holds, the script of its subagent (in the
    order in which subagents appear), the script of its stage, the main one. What no script foresees is recorded in
    `failures` and answered with 403, which clients do not retry; `assert_clean` turns it into a failed test.
    `key` is what requests must carry, and nothing else (None: anything goes); `lenient` lets steps be left over.
    """

    def __init__(
        self,
        main: Steps = (),
        *,
        stages: Mapping[str, Steps] | None = None,
        subagents: Sequence[Steps] = (),
        routes: Sequence[Route] = (),
        key: str | None = KEY,
    ) -> None:
        self.main = as_script(main, "main")
        self.stages = {name: as_script(steps, f"stage {name}") for name, steps in (stages or {}).items()}
        self.subagents = [as_script(steps, f"subagent {n}") for n, steps in enumerate(subagents, 1)]
        self.routes = [(fits, as_script(steps, f"route {n}")) for n, (fits, steps) in enumerate(routes, 1)]
        self.key = key
        self.requests: list[Request] = []
        self.counts: list[Request] = []
        self.failures: list[str] = []
        self.lenient = False
        self.closing = threading.Event()
        self._seen_agents: list[str] = []
        self._lock = threading.Lock()
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`; the server must be running."""
        assert self._server is not None, "the server is not running"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def environment(self) -> dict[str, str]:
        """Variables that make a client talk to this server and to nothing else."""
        return {
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": self.key or KEY,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def __enter__(self) -> ScriptedAPI:  # noqa: PYI034 - Self is new in Python 3.11
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def assert_clean(self, *, unused: bool = False) -> None:
        """Raise AssertionError when a request was not foreseen or a step failed; and for steps never asked for.

        `unused=True` allows steps to be left over.
        """
        scripts = [self.main, *self.stages.values(), *self.subagents, *(script for _, script in self.routes)]
        found = list(self.failures)
        if not unused:
            found += [f"{script.name}: {script.left} steps were never asked for" for script in scripts if script.left]
        if found:
            raise AssertionError("\n".join(found))

    def answer(self, path: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> tuple[Request, Answer]:
        """Log a request and choose its answer."""
        with self._lock:
            request = Request(len(self.requests) + 1, path, headers, body)
            self.requests.append(request)
            script = self._script_for(request)
        problem = self._wrong_key(headers)
        step = None if problem else script.take()
        if step is None:
            return request, self.refuse(problem or f"{script.name}: no step for request {request.number}")
        if not callable(step):
            return request, step
        try:
            return request, step(request)
        except Exception as error:  # noqa: BLE001 - a failed check of the test itself, in the server's thread
            return request, self.refuse(f"{script.name}, request {request.number}: {type(error).__name__}: {error}")

    def refuse(self, problem: str) -> faults.ApiError:
        """Record what was not foreseen; 403 is the one error that clients do not retry."""
        with self._lock:
            self.failures.append(problem)
        return faults.ApiError(403, f"scripted API: {problem}")

    def _script_for(self, request: Request) -> Script:
        for fits, script in self.routes:
            if fits(request):
                return script
        if request.subagent:
            if request.subagent not in self._seen_agents:
                self._seen_agents.append(request.subagent)
            index = self._seen_agents.index(request.subagent)
            if index < len(self.subagents):
                return self.subagents[index]
        return self.stages.get(request.stage, self.main)

    def _wrong_key(self, headers: Mapping[str, str]) -> str:
        if self.key is None or (headers.get("x-api-key") == self.key and "authorization" not in headers):
            return ""
        return "the request does not carry the scripted key alone: real credentials may have leaked into a test"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, api: ScriptedAPI) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)  # never another address: nobody else may talk to it

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the game."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def do_HEAD(self) -> None:
        """Clients probe whether anyone is there."""
        self._send(200, b"", {})

    def do_GET(self) -> None:
        """Nothing is there to get."""
        self._json(404, {"type": "error", "error": {"type": "not_found_error", "message": self.path}})

    def do_POST(self) -> None:
        """A message, or a count of tokens."""
        api = self.server.api
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = json.loads(raw)
        except ValueError:
            self._error(api.refuse(f"{self.path}: the body is no JSON"))
            return
        if self.path.partition("?")[0].endswith("/count_tokens"):
            api.counts.append(Request(len(api.counts) + 1, self.path, headers, body))
            self._json(200, {"input_tokens": max(1, len(raw) // 4)})
            return
        request, answer = api.answer(self.path, headers, body)
        with contextlib.suppress(ConnectionError):
            self._give(request, answer)

    def _give(self, request: Request, answer: Answer) -> None:
        closing = self.server.api.closing
        match answer:
            case Reply():
                closing.wait(answer.delay) if answer.delay else None
                self._message(request, answer)
            case faults.ApiError():
                self._error(answer)
            case faults.Hang():
                closing.wait(answer.seconds)
                self._cut()
            case faults.Silent():
                self._stream(wire.as_events(answer.reply, request.model)[:3])
                closing.wait(answer.seconds)
                self._cut()
            case faults.Drop():
                self._cut()
            case faults.Truncate():
                self._stream(wire.as_events(answer.reply, request.model)[: answer.events])
                self._cut()
            case faults.Malformed():
                self._malformed(request, answer)
            case faults.StreamError():
                self._stream(
                    [*wire.as_events(Reply(), request.model)[:1], wire.error_event(answer.type, answer.message)]
                )
                self._end()

    def _message(self, request: Request, reply: Reply) -> None:
        if not request.streaming:
            self._json(200, wire.as_json(reply, request.model))
            return
        self._stream(wire.as_events(reply, request.model))
        self._end()

    def _malformed(self, request: Request, answer: faults.Malformed) -> None:
        if not request.streaming:
            self._send(200, answer.payload.encode(), {"content-type": "application/json"})
            return
        self._stream([wire.raw_event("message_start", answer.payload)])
        self._end()

    def _stream(self, events: Sequence[bytes]) -> None:
        """Send events as chunks; the stream stays open."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
            self.wfile.flush()

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _cut(self) -> None:
        """Reset the connection."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)

    def _error(self, error: faults.ApiError) -> None:
        self._json(error.status, error.body(), error.headers)

    def _json(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

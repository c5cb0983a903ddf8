"""A server of an HTTP API in a thread: what GitHub's and GitLab's have in common."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    """Still encoded, without the query."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None

    @property
    def is_write(self) -> bool:
        return self.method in {"POST", "PATCH", "PUT", "DELETE"} and "graphql" not in self.path

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server says."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong, for the next requests that it fits."""

    answer: Answer | None
    """None: the connection is closed without an answer."""
    method: str
    path: str
    times: int
    lost: bool
    """The request is served all the same; only the answer gets lost."""


class ProblemError(Exception):
    """What the server says instead of serving a request."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Api(AbstractContextManager["Api"]):
    """A server on this machine, of which every request is remembered."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _handle(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                data = self.rfile.read(length)
                parts = urlsplit(self.path)
                answer = api._answer(
                    Request(
                        method=self.command,
                        path=parts.path,
                        query=dict(parse_qsl(parts.query)),
                        headers={name.lower(): value for name, value in self.headers.items()},
                        body=json.loads(data) if data else None,
                    )
                )
                if answer is None:
                    self.close_connection = True
                    return
                text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
                body = b"" if answer.status == 204 else text.encode()
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 -- http.server

            @override
            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self, request: Request) -> Answer:
        """Answer a request, or raise `ProblemError`; called by one thread at a time."""
        raise NotImplementedError

    @override
    def __enter__(self) -> Self:
        self._thread.start()
        return self

    @override
    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(
        self,
        answer: Answer | None,
        *,
        method: str = ".*",
        path: str = ".*",
        times: int = 1,
        lost: bool = False,
    ) -> None:
        """Let the next requests fail whose method and path fit the patterns."""
        self._faults.append(Fault(answer=answer, method=method, path=path, times=times, lost=lost))

    @property
    def writes(self) -> list[str]:
        return [request.line for request in self.requests if request.is_write]

    def _answer(self, request: Request) -> Answer | None:
        with self._lock:
            self.requests.append(request)
            for fault in self._faults:
                if (
                    fault.times
                    and re.fullmatch(fault.method, request.method)
                    and re.fullmatch(fault.path, request.path)
                ):
                    fault.times -= 1
                    if fault.lost:
                        self._served(request)
                    return fault.answer
            return self._served(request)

    def _served(self, request: Request) -> Answer:
        try:
            return self.serve(request)
        except ProblemError as problem:
            return problem.answer


def page_of(
    entries: list[Any], request: Request, *, default: int, most: int = 100
) -> tuple[list[Any], int, int, int]:
    """Return a page's entries, its number, its size, and how many pages there are."""
    size = min(int(request.query.get("per_page", default)), most)
    number = int(request.query.get("page", 1))
    pages = max(1, -(-len(entries) // size))
    return entries[(number - 1) * size : number * size], number, size, pages

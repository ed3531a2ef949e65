"""A studio that answers on this machine while a test runs."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import uvicorn

from colorquant.studio.server import Studio, application
from colorquant.studio.sessions import Session

if TYPE_CHECKING:
    from colorquant.studio.service import Service

SECRET = "a-secret-of-the-tests"


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def sentence(self) -> str:
        """What it says went wrong; a test that asks for it fails where nothing did."""
        told: str = self.json["error"]
        return told


@dataclass(frozen=True)
class RunningStudio:
    """A server on a port of its own."""

    port: int
    session: Session
    headers: dict[str, str] = field(default_factory=dict)

    def raw(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Ask for a path exactly as it is written."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.raw("GET", f"/{SECRET}/{path}", headers=_named(headers))

    def post(self, path: str, body: Any = b"", **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.raw("POST", f"/{SECRET}/{path}", data, _named(headers))

    def open(self, data: bytes, name: str = "photo.jpg") -> str:
        """Open an image; gives its id."""
        answer = self.post(f"images?name={quote(name)}", data)
        assert answer.status == 201, answer.body
        opened: str = answer.json["id"]
        return opened

    def make(self, image: str, look: dict[str, Any]) -> dict[str, Any]:
        """Make a result; gives its document."""
        answer = self.post(f"images/{image}/results", look)
        assert answer.status == 201, answer.body
        made: dict[str, Any] = answer.json
        return made


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): text for name, text in headers.items()}


@contextmanager
def running(session: Session | None = None, service: Service | None = None) -> Iterator[RunningStudio]:
    """Serve on a free port, in a thread."""
    session = session or Session()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        # From now on connections wait until the server takes them.
        listener.listen(128)
        port = listener.getsockname()[1]
        app = application(Studio(session, service), SECRET, port)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield RunningStudio(port, session)
        finally:
            server.should_exit = True
            thread.join(30)

"""The studio's server, from start to Ctrl-C."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from colorquant.studio.security import new_secret
from colorquant.studio.server import Studio, application
from colorquant.studio.sessions import Session

if TYPE_CHECKING:
    from colorquant.studio.service import Service

# Seconds that requests get to end once somebody stops the server.
GRACE = 2


def serve(
    session: Session, service: Service | None, listener: socket.socket, ready: Callable[[str], None]
) -> None:
    """Answer on a bound socket until a signal ends it; `ready` hears the page's address."""
    host, port = listener.getsockname()[:2]
    secret = new_secret()
    app = application(Studio(session, service), secret, port)
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        # The guard knows requests only.
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )
    server = _Announced(config, lambda: ready(f"http://{host}:{port}/{secret}/"))
    server.run(sockets=[listener])


class _Announced(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

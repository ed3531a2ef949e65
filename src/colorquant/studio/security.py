"""Who may talk to the studio, and what every answer says to the browser."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    # Only what this server itself serves, and nothing inline: a name or a text can never become code.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # The address holds the secret.
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
# Random bytes of the secret, 32 characters. OWASP asks for 64 bits in what names a session; this has 192.
SECRET_BYTES = 24

WRONG_HOST = "This server answers to 127.0.0.1 and localhost only."
WRONG_ORIGIN = "Another page asked for this. Only the studio's own page may."
NOT_OURS = "This address has no secret, or an old one. Open the address that colorquant studio printed."


def new_secret() -> str:
    """Make the part of the address that no other page knows."""
    return secrets.token_urlsafe(SECRET_BYTES)


class Guard:
    """Lets through what comes from the studio's own page, and takes the secret off its address.

    Other pages in the same browser can send requests here. They can neither know the secret nor forge the
    headers Host, which tells of DNS rebinding, Origin and Sec-Fetch-Site. A link to the page may be anywhere,
    in a terminal that is a web page for instance: whoever follows one with the secret gets the page, and no
    other page can read it.
    """

    def __init__(self, app: ASGIApp, secret: str, port: int) -> None:
        self._app = app
        self._secret = secret
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        if port == 80:
            self._hosts |= {"127.0.0.1", "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse in a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = [(name.encode(), text.encode()) for name, text in HEADERS.items()]
                given = [pair for pair in message["headers"] if pair[0].decode().lower() not in HEADERS]
                message = {**message, "headers": [*given, *ours]}
            await send(message)

        status, sentence = self._judge(scope)
        if sentence:
            await _refuse(send_marked, status, sentence)
            return
        root = f"/{self._secret}"
        path = scope["path"][len(root) :]
        if not path:
            # All addresses of the page are relative to the slash.
            headers = [(b"location", f"{root}/".encode()), (b"content-length", b"0")]
            await send_marked({"type": "http.response.start", "status": 308, "headers": headers})
            await send_marked({"type": "http.response.body"})
            return
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send_marked)

    def _judge(self, scope: Scope) -> tuple[int, str]:
        headers = _by_name(scope["headers"])
        hosts = headers.get("host", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, WRONG_HOST
        if any(origin != f"http://{hosts[0]}" for origin in headers.get("origin", [])):
            return 403, WRONG_ORIGIN
        sites = headers.get("sec-fetch-site", [])
        if any(site not in ("none", "same-origin") for site in sites) and not _is_link(scope, headers):
            return 403, WRONG_ORIGIN
        first = scope["path"].removeprefix("/").partition("/")[0]
        if not secrets.compare_digest(first.encode(), self._secret.encode()):
            return 403, NOT_OURS
        return 200, ""


def _is_link(scope: Scope, headers: Mapping[str, list[str]]) -> bool:
    """Tell whether somebody follows a link to the page itself, in a window of its own."""
    return (
        scope["method"] == "GET"
        and headers.get("sec-fetch-mode") == ["navigate"]
        and headers.get("sec-fetch-dest") == ["document"]
        and not scope["path"].removeprefix("/").partition("/")[2]
    )


def _by_name(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for name, value in headers:
        known.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return known


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

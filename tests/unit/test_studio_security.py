"""The studio's guard by itself, with requests that no server lets through to it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from colorquant.studio.security import Guard

HOST = (b"host", b"127.0.0.1:80")


def answered(*headers: tuple[bytes, bytes], path: str = "/secret/", **scope: Any) -> dict[str, Any]:
    """Ask the guard of a page that always answers; gives the start of the answer."""
    sent: list[dict[str, Any]] = []

    async def page(_scope, _receive, send) -> None:
        shown = [(b"Cache-Control", b"max-age=9"), (b"x-page", b"here")]
        await send({"type": "http.response.start", "status": 200, "headers": shown})
        await send({"type": "http.response.body", "body": b""})

    async def send(message) -> None:
        sent.append(message)

    asked = {"type": "http", "method": "GET", "path": path, "headers": list(headers)} | scope
    asyncio.run(Guard(page, "secret", 80)(asked, None, send))
    return sent[0]


def test_the_page_itself_answers_who_knows_the_secret():
    assert answered(HOST)["status"] == 200


@pytest.mark.parametrize("hosts", [(), (HOST, HOST), (HOST, (b"host", b"evil.example"))])
def test_a_request_has_one_host(hosts):
    assert answered(*hosts)["status"] == 421


def test_the_port_of_the_web_may_be_left_away():
    assert answered((b"host", b"localhost"))["status"] == 200


@pytest.mark.parametrize("path", ["", "*", "/", "secrets", "/Secret/", "/secret%2f", "//secret/", "/ü/"])
def test_a_path_without_the_secret_is_refused(path):
    assert answered(HOST, path=path)["status"] == 403


def test_the_guards_headers_replace_those_of_the_page():
    headers = [(name.lower(), text) for name, text in answered(HOST)["headers"]]
    assert [text for name, text in headers if name == b"cache-control"] == [b"no-store"]
    assert (b"x-page", b"here") in headers


@pytest.mark.parametrize("name", [b"Origin", b"Sec-Fetch-Site", b"SEC-FETCH-SITE"])
def test_every_header_of_a_name_counts(name):
    good = {b"Origin": b"http://127.0.0.1:80"}.get(name, b"same-origin")
    assert answered(HOST, (name, good))["status"] == 200
    assert answered(HOST, (name, good), (name, b"http://evil.example"))["status"] == 403

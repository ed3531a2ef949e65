"""The studio against other pages, hostile files and awkward requests: each gets a sentence, and it lives."""

from __future__ import annotations

import socket
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from colorquant import load
from colorquant.studio.security import HEADERS, new_secret
from colorquant.studio.sessions import Session
from tests.pngs import png
from tests.studio_server import SECRET, RunningStudio, running

RED = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def _it_lives(studio: RunningStudio) -> Iterator[None]:
    yield
    assert studio.get("about").status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost.evil.example:{port}"]
)
def test_a_foreign_host_is_refused(studio, host):
    # DNS rebinding: the address of another name's page leads here, and Host still tells the name.
    answer = studio.get("about", Host=host.format(port=studio.port))
    assert answer.status == 421
    assert "127.0.0.1" in answer.sentence


def test_both_names_of_this_machine_are_answered(studio):
    for name in ("127.0.0.1", "localhost", "LOCALHOST"):
        assert studio.get("about", Host=f"{name}:{studio.port}").status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_another_pages_request_is_refused(studio, origin):
    answer = studio.post("images?sample=emblem", Origin=origin)
    assert answer.status == 403
    assert "Another page" in answer.sentence
    assert not studio.session.images.all()


def test_the_pages_own_origin_is_welcome(studio):
    assert (
        studio.get("about", Origin=f"http://127.0.0.1:{studio.port}", Sec_Fetch_Site="same-origin").status
        == 200
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_the_browser_calls_foreign_is_refused(studio, site):
    # Another port of this machine is the same site.
    assert studio.get("about", Sec_Fetch_Site=site).status == 403


def test_a_link_to_the_page_may_be_followed_from_anywhere(studio):
    # A terminal may be a web page.
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert studio.get("", **link).status == 200
    assert studio.get("about", **link).status == 403
    assert studio.raw("GET", "/wrong/", headers=_written(link)).status == 403
    assert studio.raw("POST", f"/{SECRET}/", headers=_written(link)).status == 403


@pytest.mark.parametrize("changed", [{"Sec_Fetch_Dest": "iframe"}, {"Sec_Fetch_Mode": "no-cors"}])
def test_a_foreign_page_can_neither_frame_nor_fetch_the_page(studio, changed):
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert studio.get("", **(link | changed)).status == 403


def _written(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): text for name, text in headers.items()}


def test_the_address_without_its_last_slash_leads_to_the_page(studio):
    answer = studio.raw("GET", f"/{SECRET}")
    assert (answer.status, answer.headers["Location"]) == (308, f"/{SECRET}/")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_secret_is_long_and_new_each_time():
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {32}


@pytest.mark.parametrize(
    "line",
    [
        b"OPTIONS * HTTP/1.1",
        b"GET http://evil.example/ HTTP/1.1",
        b"GET //evil.example/ HTTP/1.1",
        b"GET /%ff%fe/about HTTP/1.1",
        b"GET / HTTP/1.1",
    ],
)
def test_an_odd_request_is_refused(studio, line):
    with socket.create_connection(("127.0.0.1", studio.port), timeout=60) as connection:
        host = f"Host: 127.0.0.1:{studio.port}".encode()
        connection.sendall(line + b"\r\n" + host + b"\r\nConnection: close\r\n\r\n")
        told = b"".join(iter(lambda: connection.recv(65536), b""))
    assert told.split()[1] in (b"400", b"403"), told


@pytest.mark.parametrize("twice", ["Host", "Origin", "Sec-Fetch-Site"])
def test_a_second_header_of_a_kind_counts_too(studio, twice):
    good = {"Host": f"127.0.0.1:{studio.port}", "Origin": f"http://127.0.0.1:{studio.port}"}
    bad = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}[twice]
    lines = [f"Host: {good['Host']}", f"{twice}: {good.get(twice, 'same-origin')}", f"{twice}: {bad}"]
    lines = lines[twice == "Host" :]
    with socket.create_connection(("127.0.0.1", studio.port), timeout=60) as connection:
        request = "\r\n".join([f"GET /{SECRET}/about HTTP/1.1", *lines, "Connection: close", "", ""])
        connection.sendall(request.encode())
        told = b"".join(iter(lambda: connection.recv(65536), b""))
    assert told.split()[1] in (b"400", b"403", b"421"), told


def test_a_web_socket_is_no_way_in(studio):
    answer = studio.raw(
        "GET",
        f"/{SECRET}/about",
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Origin": "http://evil.example",
        },
    )
    assert answer.status == 403


@pytest.mark.parametrize(
    "path", ["/", "/about", f"/{SECRET[:-1]}/about", f"/{SECRET.upper()}/about", f"//{SECRET}/about"]
)
def test_an_address_without_the_secret_is_refused(studio, path):
    answer = studio.raw("GET", path)
    assert answer.status == 403
    assert "secret" in answer.sentence
    assert SECRET not in answer.body.decode()


@pytest.mark.parametrize(
    "path",
    [
        "page/../server.py",
        "page/..%2fserver.py",
        "page/%2e%2e/server.py",
        "page/..%5cserver.py",
        "page//etc/passwd",
        "page/%2fetc%2fpasswd",
        "page/__init__.py",
        "page/index.html%00.js",
        "shared/page.py",
        "shared/report.html.j2",
        "shared/",
        "images/",
    ],
)
def test_no_file_outside_the_page_is_served(studio, path):
    answer = studio.get(path)
    assert answer.status == 404
    assert answer.sentence


def test_every_answer_tells_the_browser_what_it_may_do(studio):
    answers = [
        studio.get(""),
        studio.get("about"),
        studio.get("nothing"),
        studio.raw("GET", "/"),
        studio.post("images"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 404, 403, 415]
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_browser_may_load_from_this_server_only_and_run_nothing_inline(studio):
    told = studio.get("").headers
    policy = {part.split()[0]: part.split()[1:] for part in told["Content-Security-Policy"].split(";")}
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Referrer-Policy"] == "no-referrer"
    assert told["Cross-Origin-Resource-Policy"] == told["Cross-Origin-Opener-Policy"] == "same-origin"
    assert told["Cache-Control"] == "no-store"


def test_a_page_of_the_studio_has_nothing_inline(studio):
    page = studio.get("").body.decode()
    assert "<script>" not in page
    assert "style=" not in page
    assert "http" not in page


def test_a_body_that_says_it_is_200_mb_is_refused_unread(studio):
    answer = studio.raw(
        "POST", f"/{SECRET}/images?name=a.png", b"", {"Content-Length": str(200 << 20), "Connection": "close"}
    )
    assert answer.status == 413
    assert "MB" in answer.sentence


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [("images?name=a.png", 200), ("palettes?name=a.gpl", 9), ("images/{image}/results", 1)],
)
def test_a_large_body_that_does_not_say_so_is_refused_on_the_way(studio, path, megabytes):
    path = path.format(image=studio.open(RED))
    try:
        # Without a length, http.client sends it in chunks.
        answer = studio.raw("POST", f"/{SECRET}/{path}", iter([b" " * (1 << 18)] * 4 * megabytes))
    except (BrokenPipeError, ConnectionResetError):
        # The server has said no and closed the connection while the rest was under way.
        return
    assert answer.status == 413
    assert "the most that is accepted" in answer.sentence


def test_a_decompression_bomb_is_refused(studio):
    answer = studio.post("images?name=bomb.png", png_of_zeros(60000, 60000))
    assert answer.status == 413
    assert "pixels" in answer.sentence


@pytest.mark.parametrize("data", [b"", b"junk", b"\x89PNG\r\n\x1a\n", RED[:40]])
def test_what_is_no_image_is_refused_in_a_sentence(studio, data):
    answer = studio.post("images?name=a.png", data)
    assert answer.status == 415
    assert answer.sentence.endswith(".")


def test_a_name_that_looks_like_code_is_only_a_name(studio):
    name = '<script>alert(1)<img src=x>".png'
    image = studio.open(RED, name)
    assert [opened["name"] for opened in studio.get("images").json if opened["id"] == image] == [name]
    made = studio.make(image, {})
    report = studio.get(f"results/{made['id']}/report.html").body.decode()
    assert "&lt;script&gt;alert(1)&lt;img src=x&gt;&#34;.png" in report
    assert "<script>alert" not in report
    assert "<img src=x>" not in report


def test_a_name_cannot_add_a_header(studio):
    image = studio.open(RED, "a\r\nSet-Cookie: b=c\r\n.png")
    answer = studio.get(f"results/{studio.make(image, {})['id']}/image.png")
    assert answer.status == 200
    assert answer.headers["Set-Cookie"] is None
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="aSet-Cookie_ b_c.png')


def test_a_name_of_other_letters_comes_back_in_a_header(studio):
    image = studio.open(RED, "塔 ü.png")
    answer = studio.get(f"results/{studio.make(image, {})['id']}/image.png")
    assert "filename*=UTF-8''%E5%A1%94%20%C3%BC.png.quantized.png" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "look",
    [
        b"[]",
        b"nonsense",
        b"\xff\xfe",
        b"[" * 30000,
        b'{"settings": []}',
        b'{"settings": {"criterion": "best"}}',
        b'{"settings": {"criterion": ["auto"]}}',
        b'{"settings": {"max_bytes": 1}}',
        b'{"settings": {"__class__": 1}}',
        b'{"settings": {"sample_size": 1e400}}',
        b'{"settings": {"dither_strength": NaN}}',
        b'{"settings": {"min_colors": 1e30}}',
        b'{"settings": {"min_colors": 300}}',
        b'{"colors": 1}',
        b'{"colors": 1e9}',
        b'{"colors": true}',
        b'{"colors": "12"}',
        b'{"keep": "red"}',
        b'{"keep": [1]}',
        b'{"keep": ["redd"]}',
        b'{"palette": [null]}',
        b'{"palette": {"a": 1}}',
        b'{"palette": ["#12"]}',
        b'{"keep": ["red", "lime", "blue"], "colors": 2}',
    ],
)
def test_a_look_that_cannot_be_is_refused_in_a_sentence(studio, look):
    image = studio.open(RED)
    for step in ("results", "sweep"):
        answer = studio.post(f"images/{image}/{step}", look)
        assert answer.status == 400, (step, answer.body)
        assert len(answer.sentence) > 10


def test_a_look_of_a_megabyte_is_refused(studio):
    answer = studio.post(f"images/{studio.open(RED)}/results", b" " * (1 << 20))
    assert answer.status == 413


@pytest.mark.parametrize("query", ["x=9999", "w=0", "w=99999&h=99999", "x=-1", "x=a", "h=1e3"])
def test_a_piece_outside_the_picture_is_refused(studio, query):
    assert studio.get(f"images/{studio.open(RED)}/crop?{query}").status == 400


@pytest.mark.parametrize("numbers", ["[1]", "[65]", '["a"]', "[2.5]", "12", "[true]", "null"])
def test_numbers_without_a_palette_are_refused(studio, photo_bytes, numbers):
    body = b'{"look": {}, "numbers": ' + numbers.encode() + b"}"
    assert studio.post(f"images/{studio.open(photo_bytes)}/palettes", body).status == 400


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b"nonsense"])
def test_what_is_no_object_is_refused(studio, body):
    answer = studio.post(f"images/{studio.open(RED)}/palettes", body)
    assert (answer.status, answer.sentence) == (400, "This is no JSON object.")


@pytest.mark.parametrize(
    "data", [b"", b"no colors here", b"RIFF\xff\xff\xff\xffPAL ", b"ASEF" + b"\xff" * 40]
)
def test_a_palette_file_without_colors_is_refused(studio, data):
    answer = studio.post("palettes?name=a.ase", data)
    assert answer.status == 400
    assert answer.sentence


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "DELETE"])
def test_other_methods_are_refused(studio, method):
    answer = studio.raw(method, f"/{SECRET}/about")
    assert answer.status == 405
    assert answer.sentence


def test_without_a_service_its_addresses_say_so(studio):
    for answer in (
        studio.get("service"),
        studio.post("service/uploads?key=a"),
        studio.get("service/image?key=a"),
    ):
        assert answer.status == 404
        assert "--stack" in answer.sentence


def test_a_hundred_requests_at_once_are_answered(studio):
    image = studio.open(RED)
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: studio.get(f"images/{image}/preview").status, range(100)))
    assert answers == [200] * 100


def test_the_oldest_images_are_forgotten_before_memory_is_full(noise):
    size = load(noise).raster.pixels.nbytes + 36 * len(load(noise).colors)
    with running(Session(most_bytes=2 * 3 * size)) as studio:
        pictures = [studio.open(png(noise + shift), f"{shift}.png") for shift in range(5)]
        assert [opened["name"] for opened in studio.get("images").json] == ["2.png", "3.png", "4.png"]
        gone = studio.get(f"images/{pictures[0]}/preview")
        assert gone.status == 404
        assert gone.sentence == "That image is no longer in memory. Open it again."


def test_a_forgotten_image_takes_its_results_along(studio):
    image = studio.open(RED)
    made = studio.make(image, {})
    assert studio.raw("DELETE", f"/{SECRET}/images/{image}").status == 204
    assert studio.get(f"results/{made['id']}/image.png").status == 404


def png_of_zeros(width: int, height: int) -> bytes:
    """A small PNG that says it is so large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10000))
        + chunk(b"IEND", b"")
    )

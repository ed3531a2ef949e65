"""The studio with much to do and much to go wrong: it answers, says what happened, and goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection

import cv2
import numpy as np
import pytest

from colorquant import Palette, load
from colorquant.palettes.formats import FORMATS
from colorquant.studio import exports, pictures, server
from tests.pngs import pixels_of, png
from tests.studio_server import SECRET, Answer

# Longer than any test may take.
PATIENCE_SECONDS = 60


CLEAR = png(np.zeros((9, 12, 4), np.uint8))
RAMP = png(np.arange(3 * 20 * 30, dtype=np.uint16).reshape(20, 30, 3).astype(np.uint8))


class Held:
    """Something that is called in a thread and returns when it may."""

    def __init__(self) -> None:
        self.began, self.may_end = threading.Semaphore(0), threading.Event()
        self.running = self.most = 0
        self._lock = threading.Lock()

    def __call__(self, *_: object, **__: object) -> bytes:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.began.release()
        assert self.may_end.wait(PATIENCE_SECONDS)
        with self._lock:
            self.running -= 1
        return RAMP

    def wait(self) -> None:
        assert self.began.acquire(timeout=PATIENCE_SECONDS)


# Errors.


def test_an_error_of_ours_in_the_code_is_a_sentence_too_and_the_studio_goes_on(studio, monkeypatch):
    image = studio.open(RAMP)

    def fail(*_: object) -> bytes:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(pictures, "preview", fail)
    answer = studio.get(f"images/{image}/preview")
    assert (answer.status, answer.sentence) == (500, "The studio failed: ZeroDivisionError: a bug")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    monkeypatch.undo()
    assert studio.get(f"images/{image}/preview").status == 200


def test_too_little_memory_is_told_in_a_sentence(studio, monkeypatch):
    image = studio.open(RAMP)

    def fail(*_: object) -> bytes:
        raise np._core._exceptions._ArrayMemoryError((1 << 40,), np.dtype(np.uint8))

    monkeypatch.setattr(pictures, "preview", fail)
    answer = studio.get(f"images/{image}/preview")
    assert answer.status == 503
    assert "memory" in answer.sentence


@pytest.mark.parametrize(
    "look",
    [
        b'{"settings": {"criterion": "\\ud800"}}',
        b'{"settings": {"\\ud800": 1}}',
        b'{"keep": ["\\ud800"]}',
        b'{"settings": {"color_space": "\\udfff"}}',
    ],
)
def test_half_a_letter_is_refused_in_a_sentence(studio, look):
    answer = studio.post(f"images/{studio.open(RAMP)}/results", look)
    assert answer.status == 400
    assert answer.sentence


def test_a_catalog_that_there_is_not_is_told(studio):
    answer = studio.post(f"images/{studio.open(RAMP)}/results", {"catalog": "\ud800"})
    assert (answer.status, answer.sentence) == (404, "That palette is no longer in memory. Open it again.")


def test_a_number_of_thousands_of_digits_is_refused(studio):
    image = studio.open(RAMP)
    for query in (f"preview?side={'9' * 5000}", f"crop?x={'9' * 5000}"):
        answer = studio.get(f"images/{image}/{query}")
        assert answer.status == 400
        assert "whole number" in answer.sentence


def test_a_result_of_an_image_that_is_closed_meanwhile_is_told(studio, monkeypatch):
    image, held = studio.open(RAMP), Held()
    make = server.Look.make

    def slow(look, opened):
        held()
        return make(look, opened)

    monkeypatch.setattr(server.Look, "make", slow)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(studio.post, f"images/{image}/results", {})
        held.wait()
        studio.raw("DELETE", f"/{SECRET}/images/{image}")
        held.may_end.set()
        assert asked.result().status == 404


# Much at once.


def test_a_newer_request_of_a_view_is_answered_while_the_older_one_still_runs(studio, monkeypatch):
    image, held = studio.open(RAMP), Held()
    make = server.Look.make

    def first_slow(look, opened):
        if look.colors == 3:
            held()
        return make(look, opened)

    monkeypatch.setattr(server.Look, "make", first_slow)
    with ThreadPoolExecutor(1) as pool:
        older = pool.submit(studio.post, f"images/{image}/results", {"colors": 3}, X_View="a")
        held.wait()
        try:
            assert studio.post(f"images/{image}/results", {"colors": 4}, X_View="a").json["colors"] == 4
            assert older.result(PATIENCE_SECONDS).status == 409
            assert older.result().json["superseded"]
        finally:
            held.may_end.set()


def test_another_view_does_not_end_what_the_first_one_asked_for(studio, monkeypatch):
    image, held = studio.open(RAMP), Held()
    monkeypatch.setattr(server.documents, "palettes", lambda *_: held() and {})
    with ThreadPoolExecutor(2) as pool:
        body = {"numbers": []}
        first = pool.submit(studio.post, f"images/{image}/palettes", body, X_View="a")
        held.wait()
        second = pool.submit(studio.post, f"images/{image}/palettes", body, X_View="b")
        # Time enough for the first to be told that it is superseded, which must not be.
        with suppress(TimeoutError):
            first.result(0.5)
        held.may_end.set()
        assert [first.result().status, second.result().status] == [200, 200]


def test_pictures_and_lists_are_given_while_all_sweeps_wait(studio, monkeypatch):
    image, held = studio.open(RAMP), Held()
    monkeypatch.setattr(server.documents, "sweep", held)
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(studio.post, f"images/{image}/sweep", {}, X_View=f"view {number}")
            for number in range(8)
        ]
        held.wait()
        try:
            assert studio.get(f"images/{image}/preview").status == 200
            assert studio.get(f"images/{image}/crop?w=4&h=4").status == 200
            assert studio.get("images").status == 200
            assert studio.get("about").status == 200
        finally:
            held.may_end.set()
        for each in asked:
            each.exception()


def ask_six_times(held: Held, at_once: int, ask: Callable[[], Answer]) -> list[int]:
    """Ask in six threads for what is held, see that so many are at it and no more, and give the statuses."""
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ask) for _ in range(6)]
        for _ in range(at_once):
            held.wait()
        # Time enough for another one to begin, which must not.
        one_more = held.began.acquire(timeout=1)
        held.may_end.set()
        statuses = [each.result().status for each in asked]
    assert not one_more
    assert held.most == at_once
    return statuses


def test_only_so_many_files_are_decoded_at_once(studio, monkeypatch):
    held = Held()
    monkeypatch.setattr(server, "load", lambda _: load(held()))
    statuses = ask_six_times(held, server.ARRIVING, lambda: studio.post("images?name=a.png", RAMP))
    assert statuses == [201] * 6


def test_only_so_many_pictures_are_drawn_at_once(studio, monkeypatch):
    image, held = studio.open(RAMP), Held()
    monkeypatch.setattr(pictures, "preview", held)
    statuses = ask_six_times(held, server.DRAWN_AT_ONCE, lambda: studio.get(f"images/{image}/preview"))
    assert statuses == [200] * 6


def test_an_upload_that_breaks_off_holds_nothing_up(studio):
    for _ in range(2 * server.ARRIVING):
        connection = HTTPConnection("127.0.0.1", studio.port, timeout=PATIENCE_SECONDS)
        connection.putrequest("POST", f"/{SECRET}/images?name=a.png")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"only so much")
        connection.close()
    assert studio.post("images?name=a.png", RAMP).status == 201


# Pictures without colors, with other colors, and huge ones.


@pytest.fixture(scope="module")
def nothing(studio) -> str:
    """Make an image that shows nothing; gives the result's id."""
    result: str = studio.make(studio.open(CLEAR, "nothing.png"), {})["id"]
    return result


@pytest.mark.parametrize("ending", ["png", "webp"])
def test_an_image_that_shows_nothing_is_given(studio, nothing, ending):
    pixels = pixels_of(studio.get(f"results/{nothing}/image.{ending}").body)
    assert pixels.shape == (9, 12, 4)
    assert not pixels[..., 3].any()


@pytest.mark.parametrize(
    "name",
    [
        *(f"palette.{kind}" for kind in FORMATS),
        "report.html",
        *(f"paint.{kind}" for kind in ("svg", "pdf")),
        *(f"pattern.{kind}" for kind in ("svg", "pdf", "csv")),
    ],
)
def test_a_result_without_colors_gives_what_it_can_and_tells_what_it_cannot(studio, nothing, name):
    answer = studio.get(f"results/{nothing}/{name}")
    if name.startswith(("palette.png", "paint", "pattern")):
        assert answer.status == 400
        assert answer.sentence.endswith(".")
    else:
        assert answer.status == 200


@pytest.mark.parametrize("query", ["preview", "preview?side=5", "crop?w=3&h=3"])
def test_a_result_without_colors_is_shown(studio, nothing, query):
    assert not pixels_of(studio.get(f"results/{nothing}/{query}").body)[..., 3].any()


@pytest.mark.parametrize(
    "query",
    ["cells=inf", "cells=nan", "cells=1e400", "cells=10.5", "cells=-1", "fabric_count=x", "fabric_count=nan"],
)
def test_cells_that_cannot_be_are_refused_in_a_sentence(studio, query):
    result = studio.make(studio.open(RAMP), {"colors": 3})["id"]
    answer = studio.get(f"results/{result}/pattern.svg?{query}")
    assert answer.status == 400
    assert answer.sentence


@pytest.mark.parametrize("area", ["nan", "inf", "-1"])
def test_areas_that_cannot_be_are_refused_in_a_sentence(studio, area):
    result = studio.make(studio.open(RAMP), {"colors": 3})["id"]
    assert studio.get(f"results/{result}/paint.svg?min_region={area}").status == 400


# A catalog may tell another color to write, such as a machine's number of a thread, than the one to show.
WRITTEN = b"code,name,color,written\n1,Snow,#f0f0f0,#000001\n2,Sky,#3060c0,#000002\n3,Rust,#a04020,#000003\n"


@pytest.fixture(scope="module")
def cataloged(studio, photo) -> dict:
    catalog = studio.post("palettes?name=threads.csv", WRITTEN).json["id"]
    made = studio.make(studio.open(png(photo[100:228:2, 200:392:2])), {"catalog": catalog, "colors": 3})
    assert len(made["palette"]) == 3
    return made


def test_a_preview_and_a_piece_show_what_is_written(studio, cataloged):
    whole = pixels_of(studio.get(f"results/{cataloged['id']}/image.png").body)
    assert {tuple(color) for color in whole.reshape(-1, 3).tolist()} == {(0, 0, 1), (0, 0, 2), (0, 0, 3)}
    piece = pixels_of(studio.get(f"results/{cataloged['id']}/crop?x=7&y=5&w=20&h=9").body)
    assert np.array_equal(piece, whole[5:14, 7:27])
    small = pixels_of(studio.get(f"results/{cataloged['id']}/preview?side=48").body)
    # Each pixel of the preview is like most of the four that it stands for, where these agree.
    blocks = whole.reshape(32, 2, 48, 2, 3)[..., 2].transpose(0, 2, 1, 3).reshape(32, 48, 4)
    alike = (blocks == blocks[..., :1]).all(-1)
    assert alike.any()
    assert np.array_equal(small[..., 2][alike], blocks[..., 0][alike])


def test_a_pattern_counts_the_threads_of_the_catalog(studio, cataloged):
    table = studio.get(f"results/{cataloged['id']}/pattern.csv?cells=40").body.decode()
    assert "Rust" in table


def test_a_huge_picture_is_thinned_before_it_is_painted(monkeypatch):
    monkeypatch.setattr(exports, "MOST_PAINTED", 50)
    image = load(np.arange(20 * 30, dtype=np.uint16).reshape(20, 30).astype(np.uint8))
    thin = exports._thinned(image.recolor("black, white"))
    # 600 pixels; every fourth in each direction leaves 40.
    assert thin.indices.shape == (5, 8)
    assert thin.palette == Palette("white, black") or thin.palette == Palette("black, white")


def test_a_piece_of_a_soft_picture_has_its_opacities(studio, photo):
    pixels = np.ascontiguousarray(photo[:60, :80])
    alpha = cv2.GaussianBlur(np.pad(np.full((40, 60), 255, np.uint8), 10), (0, 0), 4)
    result = studio.make(studio.open(png(np.dstack([pixels, alpha]))), {"colors": 8})["id"]
    whole = pixels_of(studio.get(f"results/{result}/image.png").body)
    piece = pixels_of(studio.get(f"results/{result}/crop?x=3&y=4&w=30&h=20").body)
    assert np.array_equal(piece, whole[4:24, 3:33])

"""Uploads to the emulated service through the studio's server, from the browser's request to the result."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from colorquant.local.stack import LocalStack
from colorquant.studio import service
from tests.pngs import png
from tests.studio_server import SECRET, RunningStudio, running

PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def studio() -> Iterator[RunningStudio]:
    with service.emulated() as emulated, running(service=emulated) as server:
        yield server


@pytest.fixture(scope="module")
def small(photo) -> bytes:
    return png(photo[100:228:2, 200:392:2])


def upload(studio: RunningStudio, key: str, data: bytes, **settings: Any) -> dict[str, Any]:
    answer = studio.post(
        f"service/uploads?key={quote(key)}", data, X_Colorquant_Settings=json.dumps(settings)
    )
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    return told


def item(studio: RunningStudio, key: str) -> dict[str, Any]:
    answer = studio.get("service")
    assert answer.status == 200, answer.body
    (found,) = (each for each in answer.json["items"] if each["key"] == key)
    return found


def when(studio: RunningStudio, key: str, state: str) -> dict[str, Any]:
    """Wait until an upload has come to a state."""
    ended = time.monotonic() + PATIENCE_SECONDS
    while (found := item(studio, key))["state"] != state:
        assert time.monotonic() < ended, found
        time.sleep(0.1)
    return found


def pixels_of(data: bytes):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def test_the_page_is_told_which_service_it_shows(studio):
    told = studio.get("about").json["service"]
    assert told["emulated"]
    assert told["input"] != told["output"]


def test_an_upload_waits_and_then_has_its_result(studio, small):
    told = upload(studio, "folder/tree 1.png", small, max_colors=9)
    assert told == {"key": "folder/tree 1.png", "state": "waiting"}
    done = when(studio, "folder/tree 1.png", "done")
    assert done["settings"] == {"max_colors": "9"}
    assert len(done["palette"]) <= 9
    image = studio.get(f"service/image?key={quote('folder/tree 1.png')}&of=result")
    assert image.headers["Content-Type"] == "image/png"
    assert len(image.body) == done["result"]["bytes"]
    assert len(np.unique(pixels_of(image.body).reshape(-1, 3), axis=0)) == len(done["palette"])


def test_an_upload_whose_turn_has_not_come_is_shown_as_waiting(studio, small, monkeypatch):
    held: list[object] = []
    with monkeypatch.context() as patched:
        patched.setattr(LocalStack, "deliver", lambda stack: held.append(stack))  # noqa: PLW0108 - bound
        ended = time.monotonic() + PATIENCE_SECONDS
        while not held:
            assert time.monotonic() < ended
            time.sleep(0.05)
        upload(studio, "waiting.png", small)
        assert item(studio, "waiting.png")["state"] == "waiting"
        refused = studio.get("service/thumbnail?key=waiting.png&of=result")
        assert (refused.status, refused.sentence) == (404, "waiting.png has no result.")
    when(studio, "waiting.png", "done")


@pytest.mark.parametrize("of", ["input", "result"])
def test_thumbnails_are_small_pictures_of_both(studio, small, of):
    upload(studio, f"thumb-{of}.png", small)
    when(studio, f"thumb-{of}.png", "done")
    answer = studio.get(f"service/thumbnail?key=thumb-{of}.png&of={of}")
    assert answer.headers["Content-Type"] == "image/webp"
    height, width = pixels_of(answer.body).shape[:2]
    assert width <= 320
    assert abs(width / height - 1.5) < 0.05


def test_an_upload_can_be_opened_like_any_other_image(studio, small):
    key = upload(studio, "deep/down/ünder 塔.png", small)["key"]
    opened = studio.post(f"service/open?key={quote(key)}")
    assert opened.status == 201
    assert opened.json["name"] == "ünder 塔.png"
    preview = studio.get(f"images/{opened.json['id']}/preview?side=200")
    assert np.array_equal(pixels_of(preview.body), pixels_of(small))


def test_what_is_no_image_is_rejected_in_the_services_own_sentence(studio):
    upload(studio, "broken.png", b"\x89PNG\r\n\x1a\nand nothing more")
    failed = when(studio, "broken.png", "error")
    assert failed["error"].endswith(".")
    assert failed["result"] is None
    for answer in (
        studio.get("service/thumbnail?key=broken.png&of=input"),
        studio.post("service/open?key=broken.png"),
    ):
        assert answer.status == 415
        assert answer.sentence.endswith(".")


def test_a_name_that_is_taken_gets_a_number_and_nothing_is_replaced(studio, small):
    first = upload(studio, "twice.png", small)["key"]
    second = upload(studio, "twice.png", small + b"more")["key"]
    assert first != second
    assert len(studio.get("service/image?key=twice.png&of=input").body) == len(small)


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("uploads?key=", {}, 400),
        ("uploads?key=a.png", {"X_Colorquant_Settings": '{"max_colors": 1000}'}, 400),
        ("uploads?key=a.png", {"X_Colorquant_Settings": '{"colour": 1}'}, 400),
        ("uploads?key=a.png", {"X_Colorquant_Settings": '{"criterion": "\\ud800"}'}, 400),
        ("uploads?key=a.png", {"X_Colorquant_Settings": "[1]"}, 400),
        ("uploads?key=a.png", {"X_Colorquant_Settings": "nonsense"}, 400),
        ("uploads?key=" + "x" * 2000, {}, 400),
        ("open?key=nowhere.png", {}, 404),
        ("open", {}, 400),
    ],
)
def test_what_the_service_cannot_take_is_refused_in_a_sentence(studio, small, query, headers, status):
    answer = studio.post(f"service/{query}", small, **headers)
    assert answer.status == status, answer.body
    assert answer.sentence.endswith(".")


@pytest.mark.parametrize("path", ["thumbnail?key=no.png", "image?key=no.png", "else?key=no.png"])
def test_what_is_not_there_is_told(studio, path):
    answer = studio.get(f"service/{path}")
    assert answer.status == 404
    assert answer.sentence.endswith(".")


@pytest.mark.parametrize("path", ["thumbnail", "image?of=result", "image?key="])
def test_a_picture_of_nothing_is_refused(studio, path):
    answer = studio.get(f"service/{path}")
    assert (answer.status, answer.sentence) == (400, "Say which upload, by its key.")


def test_a_file_over_the_limit_is_not_uploaded(studio):
    answer = studio.raw(
        "POST",
        f"/{SECRET}/service/uploads?key=large.png",
        b"",
        {"Content-Length": str(200 << 20), "Connection": "close"},
    )
    assert answer.status == 413
    assert "large.png" not in [each["key"] for each in studio.get("service").json["items"]]

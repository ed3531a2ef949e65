"""The studio's view of a service, on the local stack: it reads and uploads, and deletes nothing."""

from __future__ import annotations

import io
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError
from botocore.paginate import Paginator
from PIL import Image

from colorquant.aws import handler
from colorquant.aws.errors import ForbiddenError
from colorquant.aws.store import shared_store
from colorquant.errors import ImageError, ImageTooLargeError
from colorquant.local.stack import INPUT_BUCKET, OUTPUT_BUCKET, LocalContext, LocalStack, local_stack
from colorquant.studio import service
from colorquant.studio.buckets import MOST_NAMES, View
from colorquant.studio.service import Service, ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 60
NOT_AN_IMAGE = b"no image"


def picture(colors: int = 3, size: int = 8) -> bytes:
    image = Image.new("RGB", (size, size))
    for column in range(size):
        image.paste((40 * (column % colors), 90, 200), (column, 0, column + 1, size))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    with local_stack() as stack:
        yield stack


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every operation that a client made from now on asks for."""
    made: list[str] = []
    session = boto3.Session()
    session.events.register("before-call.s3", lambda model, **_: made.append(model.name))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return made


@pytest.fixture
def seen(stack: LocalStack, calls: list[str]) -> Iterator[Service]:
    with service.connected(INPUT_BUCKET, OUTPUT_BUCKET) as seen:
        yield seen


def item(seen: Service, key: str) -> dict[str, Any]:
    (one,) = (one for one in seen.listing()["items"] if one["key"] == key)
    return one


# What came of an upload.


def test_an_upload_waits_until_its_result_is_there(stack: LocalStack, seen: Service) -> None:
    assert seen.upload("photo.png", picture(), {}) == {"key": "photo.png", "state": "waiting"}
    waiting = item(seen, "photo.png")
    assert (waiting["state"], waiting["result"], waiting["palette"]) == ("waiting", None, [])
    stack.deliver()
    done = item(seen, "photo.png")
    assert done["state"] == "done"
    whole = stack.outputs()["photo.png.quantized.png"]
    assert done["result"] == {"key": "photo.png.quantized.png", "bytes": len(whole)}
    assert {color["hex"] for color in done["palette"]} == {"#005ac8", "#285ac8", "#505ac8"}
    assert sum(color["share"] for color in done["palette"]) == pytest.approx(1)
    assert seen.image("photo.png", "result") == service.Encoded(whole, "image/png")
    assert seen.image("photo.png", "input").data == picture()
    json.dumps(seen.listing())


def test_an_error_is_told_in_its_sentence(stack: LocalStack, seen: Service) -> None:
    seen.upload("notes.png", NOT_AN_IMAGE, {})
    stack.deliver()
    told = json.loads(stack.outputs()["notes.png.error.json"])["message"]
    rejected = item(seen, "notes.png")
    assert (rejected["state"], rejected["error"], rejected["result"]) == ("error", told, None)


def test_what_is_uploaded_again_waits_again(stack: LocalStack, seen: Service) -> None:
    stack.upload("photo.png", NOT_AN_IMAGE)
    stack.deliver()
    assert item(seen, "photo.png")["state"] == "error"
    stack.upload("photo.png", picture())
    assert item(seen, "photo.png")["state"] == "waiting"
    stack.deliver()
    assert item(seen, "photo.png")["state"] == "done"


def test_the_explanation_is_the_news_where_an_older_result_stands(stack: LocalStack, seen: Service) -> None:
    stack.upload("photo.png", picture())
    stack.deliver()
    stack.upload("photo.png", NOT_AN_IMAGE)
    stack.deliver()
    assert "photo.png.quantized.png" in stack.outputs()
    assert item(seen, "photo.png")["state"] == "error"
    with pytest.raises(ServiceError, match="has no result"):
        seen.image("photo.png", "result")


def test_an_explanation_is_the_news_beside_a_result_of_the_same_upload_too(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.upload("photo.png", picture())
    stack.deliver()
    monkeypatch.setenv("MAX_PIXELS", "10")
    shared_store.cache_clear()
    stack.upload("photo.png", picture())
    stack.deliver()
    assert stack.outputs().keys() >= {"photo.png.quantized.png", "photo.png.error.json"}
    assert item(seen, "photo.png")["state"] == "error"


def test_of_two_formats_of_the_same_upload_the_later_is_its_result(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.upload("photo.png", picture())
    stack.deliver()
    # S3 tells times in whole seconds.
    time.sleep(1.1)
    monkeypatch.setenv("OUTPUT_FORMAT", "webp")
    shared_store.cache_clear()
    notification = {"bucket": {"name": INPUT_BUCKET}, "object": {"key": "photo.png"}}
    handler.on_object_created({"Records": [{"eventSource": "aws:s3", "s3": notification}]}, LocalContext())
    assert stack.outputs().keys() >= {"photo.png.quantized.png", "photo.png.quantized.webp"}
    assert item(seen, "photo.png")["result"]["key"] == "photo.png.quantized.webp"


def test_the_same_bytes_with_other_settings_wait_for_their_own_result(
    stack: LocalStack, seen: Service
) -> None:
    for colors in ("2", "3"):
        stack.upload("photo.png", picture(), colorquant_min_colors="2", colorquant_max_colors=colors)
        with service.connected(INPUT_BUCKET, OUTPUT_BUCKET) as again:
            assert item(again, "photo.png")["state"] == "waiting"
        stack.deliver()
    assert item(seen, "photo.png")["state"] == "done"


def test_without_a_palette_file_the_colors_are_the_image_s(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PALETTE_FILE", "false")
    stack.upload("photo.png", picture())
    stack.deliver()
    palette = item(seen, "photo.png")["palette"]
    assert sorted((color["hex"], color["share"]) for color in palette) == [
        ("#005ac8", 3 / 8),
        ("#285ac8", 3 / 8),
        ("#505ac8", 2 / 8),
    ]


@pytest.mark.parametrize("most", ["MOST_COUNTED_BYTES", "MOST_COUNTED_PIXELS"])
def test_of_a_large_result_without_a_palette_file_no_colors_are_told(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    monkeypatch.setenv("PALETTE_FILE", "false")
    monkeypatch.setattr(service, most, 10)
    stack.upload("photo.png", picture())
    stack.deliver()
    done = item(seen, "photo.png")
    assert (done["state"], done["palette"]) == ("done", [])


def test_a_palette_that_is_not_ours_is_passed_over(stack: LocalStack, seen: Service) -> None:
    stack.upload("photo.png", picture())
    stack.deliver()
    for body in (b"{", b"[]", b'{"palette": [{"hex": 1}]}', b" " * 2_000_000):
        stack.s3.put_object(Bucket=OUTPUT_BUCKET, Key="photo.png.palette.json", Body=body)
        with service.connected(INPUT_BUCKET, OUTPUT_BUCKET) as again:
            assert len(item(again, "photo.png")["palette"]) == 3


@pytest.mark.parametrize("reason", ["encrypted", "archived"])
def test_an_upload_that_nobody_can_read_is_an_error(stack: LocalStack, seen: Service, reason: str) -> None:
    stack.upload("photo.png", picture())
    body = json.dumps({"reason": reason, "message": "It cannot be read."}).encode()
    metadata = {"source-bucket": INPUT_BUCKET, "source-etag": reason, "reason": reason}
    stack.s3.put_object(Bucket=OUTPUT_BUCKET, Key="photo.png.error.json", Body=body, Metadata=metadata)
    assert item(seen, "photo.png")["error"] == "It cannot be read."


def test_what_another_input_bucket_left_is_not_its_result(stack: LocalStack, seen: Service) -> None:
    stack.upload("photo.png", picture())
    stack.deliver()
    metadata = stack.s3.head_object(Bucket=OUTPUT_BUCKET, Key="photo.png.quantized.png")["Metadata"]
    for theirs in (metadata | {"source-bucket": "another"}, {}):
        stack.s3.put_object(
            Bucket=OUTPUT_BUCKET, Key="photo.png.quantized.png", Body=picture(), Metadata=theirs
        )
        with service.connected(INPUT_BUCKET, OUTPUT_BUCKET) as again:
            assert item(again, "photo.png")["state"] == "waiting"


def test_folders_and_other_endings_are_ignored(stack: LocalStack) -> None:
    for key in ("in/", "in/a.png", "in/a.txt", "b.png"):
        stack.upload(key, b"" if key.endswith("/") else picture())
    with service.connected(INPUT_BUCKET, OUTPUT_BUCKET, "in/", ".png") as narrow:
        states = {one["key"]: one["state"] for one in narrow.listing()["items"]}
    assert states == {"in/": "ignored", "in/a.png": "waiting", "in/a.txt": "ignored"}


def test_the_newest_come_first_and_the_rest_is_said_to_be_there(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_ITEMS", 2)
    for key in ("b.png", "c.png", "a.png"):
        stack.upload(key, picture())
        # S3 tells times in whole seconds.
        time.sleep(1.1)
    listing = seen.listing()
    assert [one["key"] for one in listing["items"]] == ["a.png", "c.png"]
    assert listing["more"] is True


# What it costs.


def test_a_listing_reads_a_bounded_number_of_pages(
    stack: LocalStack, seen: Service, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colorquant.studio.buckets.MOST_PAGES", 2)
    paginate = Paginator.paginate
    monkeypatch.setattr(
        Paginator,
        "paginate",
        lambda self, **given: paginate(self, **given | {"PaginationConfig": {"PageSize": 2}}),
    )
    for key in "abcde":
        stack.upload(f"{key}/", b"")
    calls.clear()
    assert seen.listing()["more"] is True
    assert calls.count("ListObjectsV2") == 2


def test_what_has_ended_is_not_asked_for_again(stack: LocalStack, seen: Service, calls: list[str]) -> None:
    stack.upload("photo.png", picture())
    stack.deliver()
    first = seen.listing()
    calls.clear()
    assert seen.listing() == first
    assert calls == ["ListObjectsV2"]


def test_a_waiting_one_takes_four_looks(stack: LocalStack, seen: Service, calls: list[str]) -> None:
    stack.upload("photo.png", picture())
    seen.listing()
    calls.clear()
    seen.listing()
    assert calls == ["ListObjectsV2", *["HeadObject"] * 4]


def test_nothing_is_ever_deleted_or_overwritten(stack: LocalStack, calls: list[str]) -> None:
    with service.connected(INPUT_BUCKET, OUTPUT_BUCKET) as seen:
        for key, body in (("photo.png", picture()), ("photo.png", picture(2)), ("notes.png", NOT_AN_IMAGE)):
            seen.upload(key, body, {"max_colors": 9})
        stack.deliver()
        seen.listing()
        for key in ("photo.png", "photo-2.png", "notes.png", "nowhere.png"):
            for of in ("input", "result"):
                for read in (seen.image, seen.thumbnail):
                    with suppress(ServiceError, ImageError):
                        read(key, of)
    assert set(calls) >= {"ListObjectsV2", "HeadObject", "GetObject", "PutObject"}
    assert set(calls) - {"ListObjectsV2", "HeadObject", "GetObject", "PutObject"} == set()


# Uploading.


def test_settings_come_along_and_are_told(stack: LocalStack, seen: Service) -> None:
    settings = {"palette": ["#000000", "#ffffff"], "refine": False, "dither": "none", "keep": None}
    seen.upload("photo.png", picture(), settings)
    stack.deliver()
    done = item(seen, "photo.png")
    assert done["settings"] == {"palette": "#000000,#ffffff", "refine": "false", "dither": "none"}
    assert {color["hex"] for color in done["palette"]} <= {"#000000", "#ffffff"}


def test_what_only_the_operator_s_settings_forbid_is_told_by_the_service(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_COLORS", "32")
    seen.upload("photo.png", picture(), {"min_colors": 40})
    stack.deliver()
    assert "min-colors" in item(seen, "photo.png")["error"]


def test_a_name_that_is_taken_gets_a_number(stack: LocalStack, seen: Service) -> None:
    names = [seen.upload("a/photo.png", picture(colors), {})["key"] for colors in (2, 3, 4)]
    assert names == ["a/photo.png", "a/photo-2.png", "a/photo-3.png"]
    assert [seen.image(name, "input").data for name in names] == [picture(colors) for colors in (2, 3, 4)]


def test_the_service_s_own_prefix_is_put_before_it(stack: LocalStack) -> None:
    with service.connected(INPUT_BUCKET, OUTPUT_BUCKET, "in/", "-in.png") as narrow:
        assert narrow.upload("a-in.png", picture(), {})["key"] == "in/a-in.png"
        assert narrow.upload("in/a-in.png", picture(), {})["key"] == "in/a-2-in.png"
        with pytest.raises(ServiceError, match=r"names that end in -in\.png, not in/a\.png"):
            narrow.upload("a.png", picture(), {})


@pytest.mark.parametrize(
    ("key", "settings", "told"),
    [
        ("photo.png", {"max_colors": "many"}, "x-amz-meta-colorquant-max-colors"),
        ("photo.png", {"max_pixels": 5}, "x-amz-meta-colorquant-max-pixels is not a setting"),
        ("photo.png", {"min_colors": 20, "max_colors": 10}, "min-colors"),
        ("photo.png", ["max_colors"], "Settings are a JSON object"),
        ("photo.png", {"keep": ["#e4002b", "é"]}, "keep"),
        ("folder/", {}, "needs a name"),
        ("a" * 1005 + ".png", {}, "may have 1,009"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_uploaded(
    seen: Service, calls: list[str], key: str, settings: dict[str, Any], told: str
) -> None:
    calls.clear()
    with pytest.raises(ServiceError, match=told) as refused:
        seen.upload(key, picture(), settings)
    assert refused.value.status == 400
    assert calls == []


def test_somebody_who_takes_every_name_is_given_up_on(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("colorquant.studio.buckets.MOST_NAMES", 2)
    assert MOST_NAMES > 2
    with service.connected(INPUT_BUCKET, OUTPUT_BUCKET) as seen:
        for _ in range(2):
            seen.upload("photo.png", picture(), {})
        with pytest.raises(ServiceError, match="Choose another"):
            seen.upload("photo.png", picture(), {})


# Pictures.


@pytest.mark.parametrize("of", ["input", "result"])
def test_a_thumbnail_is_small_and_kept(stack: LocalStack, seen: Service, calls: list[str], of: str) -> None:
    ramp = np.arange(1000, dtype=np.uint16).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([np.tile(ramp, (1000, 1))] * 3)).save(buffer, "PNG")
    stack.upload("photo.png", buffer.getvalue())
    stack.deliver()
    seen.listing()
    small = seen.thumbnail("photo.png", of)
    with Image.open(io.BytesIO(small.data)) as image:
        assert (image.format, image.size, small.media_type) == ("WEBP", (320, 320), "image/webp")
    calls.clear()
    assert seen.thumbnail("photo.png", of) == small
    assert calls == []


def test_the_thumbnail_of_another_upload_is_another(stack: LocalStack, seen: Service) -> None:
    drawn = []
    for colors in (2, 5):
        stack.upload("photo.png", picture(colors))
        stack.deliver()
        seen.listing()
        drawn.append([seen.thumbnail("photo.png", of).data for of in ("input", "result")])
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


def test_the_thumbnail_of_what_is_not_an_image_is_an_image_error(stack: LocalStack, seen: Service) -> None:
    stack.upload("notes.png", NOT_AN_IMAGE)
    with pytest.raises(ImageError):
        seen.thumbnail("notes.png", "input")


def test_what_is_too_large_is_not_read(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.upload("photo.png", picture())
    monkeypatch.setattr(seen, "_limits", seen._limits.changed(max_bytes=10))
    with pytest.raises(ImageTooLargeError, match="10 are read at most"):
        seen.image("photo.png", "input")


def test_what_is_not_there_is_a_sentence(stack: LocalStack, seen: Service) -> None:
    with pytest.raises(ServiceError, match=r"nowhere\.png is not in colorquant-input any more") as gone:
        seen.image("nowhere.png", "input")
    assert gone.value.status == 404


# When AWS says no.


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            ClientError({"Error": {"Code": "NoSuchBucket", "Message": "It is not there"}}, "List"),
            "NoSuchBucket",
        ),
        (ForbiddenError("the function's role"), "They need s3:ListBucket and s3:GetObject on both buckets"),
    ],
)
def test_what_aws_refuses_is_a_sentence(
    stack: LocalStack, seen: Service, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def refuse(_: View) -> Any:
        raise error

    monkeypatch.setattr(View, "uploads", refuse)
    with pytest.raises(ServiceError, match=told) as refused:
        seen.listing()
    assert refused.value.status == 503


def test_a_service_without_credentials_is_a_sentence(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
    with (
        service.connected(INPUT_BUCKET, OUTPUT_BUCKET) as seen,
        pytest.raises(ServiceError, match="credentials"),
    ):
        seen.listing()


# In this process.


def test_the_emulated_service_works_by_itself(capfd: pytest.CaptureFixture[str]) -> None:
    with service.emulated() as seen:
        assert seen.about() == {"input": INPUT_BUCKET, "output": OUTPUT_BUCKET, "emulated": True}
        assert seen.listing()["items"] == []
        seen.upload("photo.png", picture(), {"max_colors": 2, "min_colors": 2})
        seen.upload("notes.png", NOT_AN_IMAGE, {})
        ended = time.monotonic() + PATIENCE_SECONDS
        while "waiting" in {one["state"] for one in seen.listing()["items"]}:
            assert time.monotonic() < ended
            time.sleep(0.05)
        states = {one["key"]: one["state"] for one in seen.listing()["items"]}
        assert states == {"photo.png": "done", "notes.png": "error"}
        assert len(item(seen, "photo.png")["palette"]) == 2
    # The handler's log is for machines.
    assert capfd.readouterr().out == ""


def test_an_upload_of_the_studio_s_own_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "IDLE_SECONDS", 10 * PATIENCE_SECONDS)
    with service.emulated() as seen:
        # It has looked once, and found nothing.
        time.sleep(0.5)
        seen.upload("photo.png", picture(), {})
        ended = time.monotonic() + PATIENCE_SECONDS
        while item(seen, "photo.png")["state"] == "waiting":
            assert time.monotonic() < ended
            time.sleep(0.05)


def test_the_emulated_service_begins_empty() -> None:
    for _ in range(2):
        with service.emulated() as seen:
            assert seen.listing()["items"] == []
            seen.upload("photo.png", picture(), {})


def test_an_upload_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([RuntimeError("once")])
    deliver = LocalStack.deliver

    def failing(stack: LocalStack) -> Any:
        for failure in failures:
            raise failure
        return deliver(stack)

    monkeypatch.setattr(LocalStack, "deliver", failing)
    with service.emulated() as seen:
        seen.upload("photo.png", picture(), {})
        ended = time.monotonic() + PATIENCE_SECONDS
        while item(seen, "photo.png")["state"] == "waiting":
            assert time.monotonic() < ended
            time.sleep(0.05)

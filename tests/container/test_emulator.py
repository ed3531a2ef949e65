"""The image behind AWS's runtime interface emulator, confined as Lambda confines it."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from containers import ROOT, Emulated, ReachableS3, created

pytestmark = pytest.mark.container

KEY = "garden/red floweré.jpg"


@pytest.fixture
def input_bucket(s3: ReachableS3, photo_bytes: bytes) -> str:
    bucket = s3.make_bucket()
    s3.client.put_object(Bucket=bucket, Key=KEY, Body=photo_bytes)
    return bucket


def test_an_upload_comes_back_as_a_palette_image_of_8_to_32_colors(
    function: Emulated, s3: ReachableS3, input_bucket: str, output_bucket: str
) -> None:
    function.invoke(created(input_bucket, KEY))
    result = Image.open(io.BytesIO(s3.read(output_bucket, f"{KEY}.quantized.png")))
    assert (result.format, result.mode) == ("PNG", "P")
    assert result.size == (640, 427)
    assert 8 <= len(result.getcolors(256)) <= 32


def test_the_palette_is_written_beside_the_image_and_nothing_else_is(
    function: Emulated, s3: ReachableS3, input_bucket: str, output_bucket: str
) -> None:
    function.invoke(created(input_bucket, KEY))
    assert s3.keys(output_bucket) == {f"{KEY}.quantized.png", f"{KEY}.palette.json"}
    assert 8 <= json.loads(s3.read(output_bucket, f"{KEY}.palette.json"))["colors"] <= 32


def test_the_answer_names_the_object_and_what_became_of_it(function: Emulated, input_bucket: str) -> None:
    (result,) = function.invoke(created(input_bucket, KEY))["results"]
    assert result.items() >= {"bucket": input_bucket, "key": KEY, "outcome": "quantized"}.items()


def test_a_container_serves_one_upload_after_another_alike(
    function: Emulated, s3: ReachableS3, input_bucket: str, output_bucket: str, photo_bytes: bytes
) -> None:
    s3.client.put_object(Bucket=input_bucket, Key="again.jpg", Body=photo_bytes)
    function.invoke(created(input_bucket, KEY))
    function.invoke(created(input_bucket, "again.jpg"))
    assert s3.read(output_bucket, "again.jpg.quantized.png") == s3.read(output_bucket, f"{KEY}.quantized.png")


def test_an_upload_that_is_no_image_gets_an_error_file_and_no_image(
    function: Emulated, s3: ReachableS3, input_bucket: str, output_bucket: str
) -> None:
    s3.client.put_object(Bucket=input_bucket, Key="notes.jpg", Body=b"These are not the bytes of an image.")
    (result,) = function.invoke(created(input_bucket, "notes.jpg"))["results"]
    assert result["outcome"] == "rejected"
    assert s3.keys(output_bucket) == {"notes.jpg.error.json"}


def test_an_upload_deleted_before_its_turn_gets_an_error_file_that_says_so(
    function: Emulated, s3: ReachableS3, input_bucket: str, output_bucket: str
) -> None:
    (result,) = function.invoke(created(input_bucket, "deleted.jpg"))["results"]
    assert (result["outcome"], result["reason"]) == ("rejected", "gone")
    assert s3.keys(output_bucket) == {"deleted.jpg.error.json"}


def test_the_test_event_s3_sends_on_set_up_is_acknowledged(
    function: Emulated, s3: ReachableS3, output_bucket: str
) -> None:
    answer = function.invoke(json.loads((ROOT / "events" / "s3-test-event.json").read_text()))
    assert answer["results"] == []
    assert s3.keys(output_bucket) == set()

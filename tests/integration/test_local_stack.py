from __future__ import annotations

import io
import json

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from colorquant import Settings, quantize
from colorquant.aws import handler
from colorquant.aws.errors import EventError
from colorquant.aws.events import uploaded_objects
from colorquant.aws.store import shared_store
from colorquant.errors import SettingsError
from colorquant.local.stack import INPUT_BUCKET, OUTPUT_BUCKET, LocalContext, local_stack


@pytest.fixture(scope="module")
def running():
    with local_stack() as stack:
        yield stack


@pytest.fixture
def stack(running):
    shared_store.cache_clear()
    yield running
    running.deliver()
    for bucket in (INPUT_BUCKET, OUTPUT_BUCKET):
        for entry in running.s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            running.s3.delete_object(Bucket=bucket, Key=entry["Key"])


def notification(key: str, bucket: str = INPUT_BUCKET) -> dict:
    record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}
    return {"Records": [record]}


def test_an_uploaded_photo_comes_out_of_the_output_bucket(stack, photo_bytes):
    stack.upload("photo.jpg", photo_bytes)
    [outcome] = stack.deliver()
    assert outcome["outcome"] == "quantized"
    assert outcome["larger"] is False
    outputs = stack.outputs()
    assert set(outputs) == {"photo.jpg.quantized.png", "photo.jpg.palette.json"}
    image = Image.open(io.BytesIO(outputs["photo.jpg.quantized.png"]))
    assert image.mode == "P"
    assert json.loads(outputs["photo.jpg.palette.json"])["colors"] == len(image.getcolors())


def test_the_service_gives_the_same_picture_as_the_library(stack, photo_bytes):
    stack.upload("photo.jpg", photo_bytes)
    stack.deliver()
    assert stack.outputs()["photo.jpg.quantized.png"] == quantize(photo_bytes, Settings.recipe()).to_png()


def test_the_result_says_that_it_is_a_png(stack, photo_bytes):
    stack.upload("photo.jpg", photo_bytes)
    stack.deliver()
    head = stack.s3.head_object(Bucket=OUTPUT_BUCKET, Key="photo.jpg.quantized.png")
    assert head["ContentType"] == "image/png"


@pytest.mark.parametrize("key", ["red flowerÃ©.jpg", "a+b.jpg", "100%.jpg", "deep/er/ü.jpg", "日本.jpg"])
def test_keys_with_special_characters_survive(stack, photo_bytes, key):
    stack.upload(key, photo_bytes)
    [outcome] = stack.deliver()
    assert outcome["key"] == key
    assert f"{key}.quantized.png" in stack.outputs()


def test_a_url_encoded_key_is_decoded():
    [uploaded] = uploaded_objects(notification("red+flower%C3%A9.jpg"))
    assert uploaded.key == "red floweré.jpg"


def png_header(side: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + side.to_bytes(4) * 2 + b"\x08\x02\0\0\0\0\0\0\0"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"just text", "unsupported"),
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0 cut", "truncated"),
        (png_header(60_000), "too-large"),
    ],
)
def test_a_bad_image_is_explained_in_the_output_bucket_and_not_retried(stack, content, reason):
    stack.upload("bad.jpg", content)
    [outcome] = stack.deliver()
    assert outcome["outcome"] == "rejected"
    outputs = stack.outputs()
    assert set(outputs) == {"bad.jpg.error.json"}
    explained = json.loads(outputs["bad.jpg.error.json"])
    assert explained["reason"] == reason
    assert explained["message"].endswith(".")


def test_a_later_good_image_takes_the_explanation_back(stack, photo_bytes):
    stack.upload("photo.jpg", b"just text")
    stack.deliver()
    stack.upload("photo.jpg", photo_bytes)
    stack.deliver()
    assert "photo.jpg.error.json" not in stack.outputs()


def test_the_settings_name_the_format_and_add_the_report(stack, photo_bytes, monkeypatch):
    monkeypatch.setenv("OUTPUT_FORMAT", "webp")
    monkeypatch.setenv("REPORT", "true")
    shared_store.cache_clear()
    stack.upload("photo.jpg", photo_bytes)
    [outcome] = stack.deliver()
    assert outcome["output"] == "photo.jpg.quantized.webp"
    assert set(stack.outputs()) == {
        f"photo.jpg.{end}" for end in ("quantized.webp", "palette.json", "report.html")
    }
    for name, media_type in {
        "quantized.webp": "image/webp",
        "report.html": "text/html; charset=utf-8",
    }.items():
        head = stack.s3.head_object(Bucket=OUTPUT_BUCKET, Key=f"photo.jpg.{name}")
        assert head["ContentType"] == media_type


def test_an_upload_that_was_deleted_before_its_turn_is_explained(stack):
    [outcome] = handler.on_object_created(notification("never.jpg"), LocalContext())["results"]
    assert (outcome["outcome"], outcome["reason"]) == ("rejected", "gone")
    assert set(stack.outputs()) == {"never.jpg.error.json"}


def test_a_result_stays_when_its_upload_is_deleted(stack, photo_bytes):
    stack.upload("photo.jpg", photo_bytes)
    stack.deliver()
    stack.s3.delete_object(Bucket=INPUT_BUCKET, Key="photo.jpg")
    before = stack.outputs()
    handler.on_object_created(notification("photo.jpg"), LocalContext())
    assert stack.outputs() == before


def test_a_second_delivery_of_the_same_upload_changes_nothing(stack, photo_bytes):
    stack.upload("photo.jpg", photo_bytes)
    stack.deliver()
    before = stack.outputs()
    [outcome] = handler.on_object_created(notification("photo.jpg"), LocalContext())["results"]
    assert outcome["outcome"] == "skipped"
    assert stack.outputs() == before


def test_s3s_test_event_is_acknowledged(stack):
    event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": INPUT_BUCKET}
    assert handler.on_object_created(event, LocalContext()) == {"results": []}


def test_an_input_in_the_output_bucket_is_refused(stack, photo_bytes):
    stack.s3.put_object(Bucket=OUTPUT_BUCKET, Key="photo.jpg", Body=photo_bytes)
    answer = handler.on_object_created(notification("photo.jpg", OUTPUT_BUCKET), LocalContext())
    assert answer["results"][0]["outcome"] == "refused"
    assert set(stack.outputs()) == {"photo.jpg"}


def test_an_unknown_event_is_an_error_that_names_its_shape(stack):
    with pytest.raises(EventError, match="color"):
        handler.on_object_created({"color": "red"}, LocalContext())


def test_a_failure_that_may_pass_is_raised_after_the_other_objects_are_done(stack, photo_bytes):
    stack.upload("photo.jpg", photo_bytes)
    stack.deliver()
    event = {
        "Records": notification("a.jpg", "no-such-bucket")["Records"] + notification("photo.jpg")["Records"]
    }
    stack.s3.delete_object(Bucket=OUTPUT_BUCKET, Key="photo.jpg.quantized.png")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        handler.on_object_created(event, LocalContext())
    assert "photo.jpg.quantized.png" in stack.outputs()


def test_a_missing_output_bucket_name_is_one_sentence(stack, monkeypatch):
    monkeypatch.delenv("OUTPUT_BUCKET")
    shared_store.cache_clear()
    with pytest.raises(SettingsError, match="OUTPUT_BUCKET is not set"):
        handler.on_object_created(notification("photo.jpg"), LocalContext())


def test_an_object_over_the_limit_is_not_read(stack, monkeypatch):
    monkeypatch.setenv("MAX_BYTES", "10")
    stack.upload("photo.jpg", bytes(11))
    [outcome] = stack.deliver()
    assert outcome["reason"] == "too-large"


def test_uploads_to_a_bucket_that_was_there_before_come_through_eventbridge(photo_bytes):
    with local_stack(existing_buckets=True) as stack:
        stack.upload("red flower+1.jpg", photo_bytes)
        [outcome] = stack.deliver()
        assert outcome["key"] == "red flower+1.jpg"
        assert set(stack.outputs()) == {
            f"red flower+1.jpg.{ending}" for ending in ("quantized.png", "palette.json")
        }


def test_an_upload_s_own_settings_come_along(stack, photo_bytes):
    stack.upload("photo.jpg", photo_bytes, colorquant_colors="5")
    [outcome] = stack.deliver()
    assert outcome["colors"] == 5


def test_outputs_are_saved_inside_the_folder(stack, tmp_path, photo_bytes):
    stack.upload("../escape.jpg", photo_bytes)
    stack.deliver()
    saved = stack.save_outputs(tmp_path / "out")
    assert {path.parent for path in saved} == {tmp_path / "out"}


def test_the_metrics_are_embedded_in_the_log(stack, photo_bytes, capsys):
    stack.upload("photo.jpg", photo_bytes)
    stack.deliver()
    blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    [images] = [blob for blob in blobs if "Images" in blob]
    assert images["Images"] == [1.0]
    assert images["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "colorquant"

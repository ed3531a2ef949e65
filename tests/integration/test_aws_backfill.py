from __future__ import annotations

import io
import json
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from PIL import Image

from colorquant.aws.backfill import on_batch_task
from colorquant.aws.errors import EventError
from colorquant.aws.store import shared_store
from colorquant.local.stack import LocalContext

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture
def s3(monkeypatch):
    for name, value in {
        "OUTPUT_BUCKET": "results",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="results")
        shared_store.cache_clear()
        yield client
        shared_store.cache_clear()


def sample(schema: str) -> dict:
    return json.loads((EVENTS / f"batch-operations-{schema}.json").read_text())


def bucket_of(task: dict) -> str:
    return task.get("s3Bucket") or task["s3BucketArn"].split(":::")[1]


def upload(s3, task: dict, key: str, body: bytes | None = None) -> None:
    if body is None:
        buffer = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
        body = buffer.getvalue()
    s3.create_bucket(Bucket=bucket_of(task))
    s3.put_object(Bucket=bucket_of(task), Key=key, Body=body)


@pytest.mark.parametrize("schema", ["1.0", "2.0"])
def test_a_task_of_either_schema_succeeds_and_says_how_many_colors(s3, schema):
    event = sample(schema)
    event["tasks"][0]["s3Key"] = "caf%C3%A9/red+flower.png"
    upload(s3, event["tasks"][0], "café/red flower.png")
    answer = on_batch_task(event, LocalContext())
    assert answer["invocationSchemaVersion"] == schema
    assert answer["invocationId"] == event["invocationId"]
    [result] = answer["results"]
    assert result["taskId"] == event["tasks"][0]["taskId"]
    assert result["resultCode"] == "Succeeded"
    assert result["resultString"] == "The image has a single color, which is kept exactly."
    assert s3.head_object(Bucket="results", Key="café/red flower.png.quantized.png")


def run(s3, body: bytes | None = None) -> dict:
    event = sample("2.0")
    event["tasks"][0]["s3Key"] = "a.png"
    upload(s3, event["tasks"][0], "a.png", body)
    [result] = on_batch_task(event, LocalContext())["results"]
    return result


def test_what_is_done_already_succeeds_again(s3):
    run(s3)
    result = run(s3)
    assert result["resultCode"] == "Succeeded"
    assert "already" in result["resultString"]


def test_what_is_no_image_is_done_with_and_the_report_says_why(s3):
    assert run(s3, b"no image")["resultString"].startswith("This is not a")
    result = run(s3, b"no image")
    # S3 ends a job in which half of the tasks fail, and this bucket may hold more text than images.
    assert result["resultCode"] == "Succeeded"
    assert result["resultString"] == "It was rejected before: unsupported."


def test_what_may_pass_is_a_temporary_failure(s3, monkeypatch):
    def throttle(**_):
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "Slow down"}}, "GetObject")

    monkeypatch.setattr(shared_store()._client, "get_object", throttle)
    result = run(s3)
    assert result["resultCode"] == "TemporaryFailure"
    assert "Slow down" in result["resultString"]


def test_a_key_that_the_role_may_not_use_fails_for_now_and_leaves_good_results_alone(s3, monkeypatch):
    run(s3)
    monkeypatch.setenv("MAX_COLORS", "16")
    shared_store.cache_clear()

    def deny(**_):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject")

    monkeypatch.setattr(shared_store()._client, "get_object", deny)
    assert run(s3)["resultCode"] == "TemporaryFailure"
    kept = {entry["Key"] for entry in s3.list_objects_v2(Bucket="results")["Contents"]}
    assert kept == {"a.png.palette.json", "a.png.quantized.png"}


def test_another_event_is_refused_with_its_keys_named():
    with pytest.raises(EventError, match="Records"):
        on_batch_task({"Records": []}, LocalContext())

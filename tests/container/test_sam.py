"""`sam build` and `sam local invoke`, as a developer runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from containers import ROOT, ReachableS3, env_json, sam_local_invoke, uploaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("sam_build")]

CREATED = ROOT / "events" / "s3-object-created.json"
UPLOAD = uploaded(CREATED)


@pytest.fixture
def output_bucket(s3: ReachableS3, photo_bytes: bytes) -> Iterator[str]:
    """The buckets that the event and env.json name, with a photo where the event says it is."""
    name = env_json()["OUTPUT_BUCKET"]
    s3.make_bucket(UPLOAD.bucket)
    s3.make_bucket(name)
    s3.client.put_object(Bucket=UPLOAD.bucket, Key=UPLOAD.key, Body=photo_bytes)
    yield name
    for bucket in (UPLOAD.bucket, name):
        for key in s3.keys(bucket):
            s3.client.delete_object(Bucket=bucket, Key=key)
        s3.client.delete_bucket(Bucket=bucket)


def test_the_notification_in_events_brings_its_upload_into_the_output_bucket(
    s3: ReachableS3, output_bucket: str, tmp_path: Path
) -> None:
    answer = sam_local_invoke(CREATED, s3, tmp_path)
    assert [result["outcome"] for result in answer["results"]] == ["quantized"]
    assert s3.keys(output_bucket) == {f"{UPLOAD.key}.quantized.png", f"{UPLOAD.key}.palette.json"}


def test_a_parameter_of_the_template_reaches_the_function(
    s3: ReachableS3, output_bucket: str, tmp_path: Path
) -> None:
    sam_local_invoke(CREATED, s3, tmp_path, "--parameter-overrides", "MinColors=11 MaxColors=11")
    assert json.loads(s3.read(output_bucket, f"{UPLOAD.key}.palette.json"))["colors"] == 11


def test_the_test_event_in_events_is_acknowledged(
    s3: ReachableS3, output_bucket: str, tmp_path: Path
) -> None:
    answer = sam_local_invoke(ROOT / "events" / "s3-test-event.json", s3, tmp_path)
    assert answer["results"] == []
    assert s3.keys(output_bucket) == set()

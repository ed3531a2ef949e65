"""`sam build` and `sam local invoke`, as a developer runs them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from containers import FUNCTION, ROOT, ReachableS3, Upload, env_json, run, sam_local_invoke

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("sam_build")]

EVENTS = sorted((ROOT / "events").glob("*.json"))
BACKFILL = "BackfillFunction"
FUNCTIONS = (FUNCTION, BACKFILL, "SettingsCheckFunction", "TrialFunction", "CanaryFunction")
FLOWER = Upload("colorquant-input", "garden/red floweré.jpg")
# EventBridge does not encode keys: this plus is a plus.
PLUS = Upload("colorquant-input", "garden/red+floweré.jpg")
THERE_BEFORE = Upload("photos-of-ours", "photos/red floweré.jpg")

ONE_IMAGE = {
    "failure-destination": FLOWER,
    "eventbridge-object-created": PLUS,
    "eventbridge-existing-bucket": THERE_BEFORE,
    "s3-object-created": FLOWER,
    "sns-notification": FLOWER,
    "sqs-batch": FLOWER,
}
ONE_TASK = {"batch-operations-1.0": FLOWER, "batch-operations-2.0": FLOWER}
NO_IMAGE = ["s3-test-event"]
A_DELETION = ["eventbridge-object-deleted", "s3-object-removed"]


def event(name: str) -> Path:
    return ROOT / "events" / f"{name}.json"


def results_of(upload: Upload) -> set[str]:
    return {f"{upload.key}.quantized.png", f"{upload.key}.palette.json"}


@pytest.fixture
def output_bucket(s3: ReachableS3, photo_bytes: bytes) -> Iterator[str]:
    """The buckets that the events and env.json name, with a photo wherever an event says there is one."""
    name = env_json()["OUTPUT_BUCKET"]
    buckets = (FLOWER.bucket, THERE_BEFORE.bucket, name)
    for bucket in buckets:
        s3.make_bucket(bucket)
    for upload in (FLOWER, PLUS, THERE_BEFORE):
        s3.client.put_object(Bucket=upload.bucket, Key=upload.key, Body=photo_bytes)
    yield name
    for bucket in buckets:
        for key in s3.keys(bucket):
            s3.client.delete_object(Bucket=bucket, Key=key)
        s3.client.delete_bucket(Bucket=bucket)


def test_what_every_event_leads_to_is_written_down_here() -> None:
    assert {path.stem for path in EVENTS} == {*ONE_IMAGE, *ONE_TASK, *NO_IMAGE, *A_DELETION}


@pytest.mark.parametrize("name", ONE_IMAGE)
def test_an_event_brings_its_upload_into_the_output_bucket(
    s3: ReachableS3, output_bucket: str, tmp_path: Path, name: str
) -> None:
    answer = sam_local_invoke(event(name), s3, tmp_path)
    assert [result["outcome"] for result in answer["results"]] == ["quantized"]
    assert s3.keys(output_bucket) == results_of(ONE_IMAGE[name])


def test_a_queue_is_told_that_it_may_forget_every_message(
    s3: ReachableS3, output_bucket: str, tmp_path: Path
) -> None:
    assert sam_local_invoke(event("sqs-batch"), s3, tmp_path)["batchItemFailures"] == []


@pytest.mark.parametrize("name", ONE_TASK)
def test_a_task_of_batch_operations_succeeds_in_the_same_image(
    s3: ReachableS3, output_bucket: str, tmp_path: Path, name: str
) -> None:
    asked = json.loads(event(name).read_text())
    answer = sam_local_invoke(event(name), s3, tmp_path, BACKFILL)
    assert answer["invocationSchemaVersion"] == asked["invocationSchemaVersion"]
    assert [(result["taskId"], result["resultCode"]) for result in answer["results"]] == [
        (asked["tasks"][0]["taskId"], "Succeeded")
    ]
    assert s3.keys(output_bucket) == results_of(ONE_TASK[name])


@pytest.mark.parametrize("name", NO_IMAGE)
def test_an_event_without_an_upload_is_acknowledged(
    s3: ReachableS3, output_bucket: str, tmp_path: Path, name: str
) -> None:
    answer = sam_local_invoke(event(name), s3, tmp_path)
    assert answer["results"] == []
    assert s3.keys(output_bucket) == set()


@pytest.mark.parametrize("name", A_DELETION)
def test_a_deletion_is_passed_over_where_results_are_kept(
    s3: ReachableS3, output_bucket: str, tmp_path: Path, name: str
) -> None:
    answer = sam_local_invoke(event(name), s3, tmp_path)
    assert [result["outcome"] for result in answer["results"]] == ["skipped"]
    assert s3.keys(output_bucket) == set()


def test_an_event_of_a_bucket_that_was_there_before_works_with_the_parameters_for_it(
    s3: ReachableS3, output_bucket: str, tmp_path: Path
) -> None:
    buckets = f"ExistingInputBucket={THERE_BEFORE.bucket} ExistingOutputBucket={output_bucket}"
    answer = sam_local_invoke(
        event("eventbridge-existing-bucket"), s3, tmp_path, parameters=f"{buckets} KeyPrefix=photos/"
    )
    assert [result["outcome"] for result in answer["results"]] == ["quantized"]


def test_a_parameter_of_the_template_reaches_the_function(
    s3: ReachableS3, output_bucket: str, tmp_path: Path
) -> None:
    sam_local_invoke(event("s3-object-created"), s3, tmp_path, parameters="MinColors=11 MaxColors=11")
    assert json.loads(s3.read(output_bucket, f"{FLOWER.key}.palette.json"))["colors"] == 11


def test_all_functions_are_built_as_one_image() -> None:
    template = (ROOT / ".aws-sam" / "build" / "template.yaml").read_text()
    images = [line.split()[1] for line in template.splitlines() if line.strip().startswith("ImageUri:")]
    assert len(images) == len(FUNCTIONS)
    assert len({run("docker", "image", "inspect", "--format", "{{.Id}}", image) for image in images}) == 1
    assert {image.split(":")[0] for image in images} <= {function.lower() for function in FUNCTIONS}

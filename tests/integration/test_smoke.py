"""The smoke test that runs against a deployed stack, run against the local one."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import pytest

import upload_and_wait
from colorquant.aws import canary
from colorquant.aws.errors import CanaryError
from colorquant.local.stack import INPUT_BUCKET, OUTPUT_BUCKET, LocalContext, LocalStack, local_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKETS = ["--input-bucket", INPUT_BUCKET, "--output-bucket", OUTPUT_BUCKET]


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    with local_stack() as stack:
        yield stack


@contextlib.contextmanager
def delivering(stack: LocalStack) -> Iterator[None]:
    """Call the handler for whatever is uploaded, as Lambda would."""
    done = threading.Event()

    def deliver() -> None:
        while not done.is_set():
            stack.deliver()
            done.wait(0.05)

    thread = threading.Thread(target=deliver)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def keys(stack: LocalStack, bucket: str) -> list[str]:
    return [entry["Key"] for entry in stack.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_it_passes_where_uploads_are_processed_and_takes_its_files_away(
    stack: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    with delivering(stack):
        upload_and_wait.main([*BUCKETS, "--seconds", "30"])
    assert "An image came back in" in capsys.readouterr().out
    assert keys(stack, INPUT_BUCKET) == keys(stack, OUTPUT_BUCKET) == []


@pytest.mark.parametrize(
    "variables",
    [{"OUTPUT_FORMAT": "webp"}, {"REPORT": "true"}, {"PALETTE_FILE": "false", "OUTPUT_FORMAT": "webp"}],
    ids=str,
)
def test_it_passes_and_cleans_up_whatever_the_deployment_writes(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with delivering(stack):
        upload_and_wait.main([*BUCKETS, "--seconds", "30"])
    assert keys(stack, INPUT_BUCKET) == keys(stack, OUTPUT_BUCKET) == []


def test_the_canary_does_the_same_on_a_schedule(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INPUT_BUCKET", INPUT_BUCKET)
    monkeypatch.setenv("KEY_PREFIX", "photos/")
    monkeypatch.setenv("KEY_SUFFIX", ".png")
    with delivering(stack):
        told = canary.on_schedule({}, LocalContext())
    assert [sentence.split()[:2] for sentence in told] == [["An", "image"], ["A", "text"]]
    assert keys(stack, INPUT_BUCKET) == keys(stack, OUTPUT_BUCKET) == []


def test_the_canary_fails_where_nothing_happens(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    class Impatient(LocalContext):
        def get_remaining_time_in_millis(self) -> int:
            return 2_200

    monkeypatch.setenv("INPUT_BUCKET", INPUT_BUCKET)
    with pytest.raises(CanaryError, match="has no"):
        canary.on_schedule({}, Impatient())


def test_it_fails_with_a_sentence_where_nothing_happens(stack: LocalStack) -> None:
    with pytest.raises(
        SystemExit, match=r"has no \.quantized\.png or \.quantized\.webp in colorquant-output after 0\.2 s"
    ):
        upload_and_wait.main([*BUCKETS, "--seconds", "0.2"])
    assert keys(stack, INPUT_BUCKET) == []


def test_it_fails_with_a_sentence_where_there_is_no_such_bucket(stack: LocalStack) -> None:
    with pytest.raises(SystemExit, match=r"The smoke test failed: .*NoSuchBucket"):
        upload_and_wait.main(["--input-bucket", "nowhere", "--output-bucket", OUTPUT_BUCKET])


def test_it_finds_the_buckets_of_a_stack_and_what_it_hears_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    outputs = {"InputBucketName": "in", "OutputBucketName": "out", "KeyPrefix": "photos/"}
    monkeypatch.setattr(upload_and_wait, "stack_outputs", lambda _stack: outputs)
    place = upload_and_wait.place_of("colorquant")
    assert (place.incoming, place.outgoing, place.prefix, place.suffix) == ("in", "out", "photos/", "")


def test_it_fails_with_a_sentence_where_the_stack_is_of_an_older_release(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_and_wait, "stack_outputs", lambda _stack: {})
    with pytest.raises(SystemExit, match="has no output InputBucketName"):
        upload_and_wait.main(["--stack", "colorquant"])

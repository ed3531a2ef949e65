"""What S3 can do to a request, injected into botocore, and where each fault ends."""

from __future__ import annotations

import io
import json

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ClientError,
    FlexibleChecksumError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from moto import mock_aws
from PIL import Image
from urllib3.exceptions import ProtocolError

from colorquant.aws import handler
from colorquant.aws.errors import DeadlineError, ForbiddenError
from colorquant.aws.observability import logger
from colorquant.aws.store import shared_store
from colorquant.local.stack import LocalContext

EVENT = {
    "Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": "uploads"}, "object": {"key": "a.png"}}}]
}
ATTEMPTS = 3


class Body(io.BytesIO):
    """What urllib3 gives; `broken` bytes arrive, and then the connection is reset."""

    broken: int | None = None

    def read(self, amt: int | None = -1) -> bytes:
        if self.broken is not None and self.tell() >= self.broken:
            raise ProtocolError("Connection broken", ConnectionResetError(104, "Connection reset by peer"))
        return super().read(self.broken if self.broken is not None else amt)

    def stream(self, amt: int = 1024, **_: object):
        while chunk := self.read(amt):
            yield chunk


def refusal(status: int, code: str):
    body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
    return lambda: AWSResponse("", status, {"content-type": "application/xml"}, Body(body))


def delivery(data: bytes, broken: int | None = None, **headers: str):
    def answer() -> AWSResponse:
        body = Body(data)
        body.broken = broken
        return AWSResponse("", 200, {"etag": '"x"', "content-length": str(len(data))} | headers, body)

    return answer


@pytest.fixture
def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def s3(monkeypatch, picture):
    monkeypatch.setenv("OUTPUT_BUCKET", "results")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("uploads", "results"):
            client.create_bucket(Bucket=bucket)
        client.put_object(Bucket="uploads", Key="a.png", Body=picture)
        shared_store.cache_clear()
        yield client
        shared_store.cache_clear()


def inject(operation: str, fault, times: int = 1_000) -> list[str]:
    """Answer the service's requests with a fault, as often as told, and record each of them."""
    seen: list[str] = []

    def answer(**_: object):
        seen.append(operation)
        return fault() if len(seen) <= times else None

    shared_store()._client.meta.events.register_first(f"before-send.s3.{operation}", answer)
    return seen


def invoke(context: LocalContext | None = None):
    [outcome] = handler.on_object_created(EVENT, context or LocalContext())["results"]
    return outcome


def results(s3) -> set[str]:
    return {entry["Key"] for entry in s3.list_objects_v2(Bucket="results").get("Contents", [])}


def configure(monkeypatch, **variables: str) -> None:
    """Deploy with other variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shared_store.cache_clear()


def counted(capsys, metric: str) -> bool:
    """Tell whether the log counts a metric once."""
    blobs = [json.loads(text) for text in capsys.readouterr().out.splitlines() if '"_aws"' in text]
    return any(blob.get(metric) == [1.0] for blob in blobs)


def time_out():
    raise ReadTimeoutError(endpoint_url="https://s3")


PASSING = {
    "throttling": refusal(503, "SlowDown"),
    "500": refusal(500, "InternalError"),
    "503": refusal(503, "ServiceUnavailable"),
    "slow read": time_out,
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("operation", ["GetObject", "PutObject", "HeadObject"])
def test_a_passing_fault_is_retried_by_the_sdk_and_nobody_notices(s3, operation, fault):
    inject(operation, fault, times=1)
    assert invoke()["outcome"] == "quantized"
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_lasting_fault_is_raised_for_lambda_to_retry_and_explained_nowhere(s3, fault):
    seen = inject("GetObject", fault)
    with pytest.raises((ClientError, ReadTimeoutError)):
        invoke()
    assert len(seen) == ATTEMPTS
    assert results(s3) == set()


def test_a_connection_reset_in_mid_body_is_raised(s3, picture):
    inject("GetObject", delivery(picture, broken=20))
    with pytest.raises(ResponseStreamingError):
        invoke()
    assert results(s3) == set()


def test_a_body_shorter_than_promised_is_raised_and_not_taken_for_a_broken_image(s3, picture):
    inject("GetObject", delivery(picture, **{"content-length": str(len(picture) + 10)}))
    with pytest.raises(IncompleteReadError):
        invoke()
    assert results(s3) == set()


def test_a_body_that_does_not_match_its_checksum_is_raised(s3, picture):
    inject("GetObject", delivery(picture, **{"x-amz-checksum-crc32": "AAAAAA=="}))
    with pytest.raises(FlexibleChecksumError):
        invoke()
    assert results(s3) == set()


def test_a_body_that_trickles_ends_at_the_deadline(s3, picture):
    class Impatient(LocalContext):
        def get_remaining_time_in_millis(self) -> int:
            return 10

    with pytest.raises(DeadlineError, match="Lambda stops the function"):
        invoke(Impatient())
    assert results(s3) == set()


def test_an_image_that_takes_longer_than_the_deadline_fails_before_it_is_begun(s3):
    buffer = io.BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    s3.put_object(Bucket="uploads", Key="a.png", Body=buffer.getvalue())

    class TwoSeconds(LocalContext):
        def get_remaining_time_in_millis(self) -> int:
            return 2_000

    with pytest.raises(DeadlineError, match=r"81\.0 megapixels and needs 2\.4 s"):
        invoke(TwoSeconds())


REFUSALS = {
    "InvalidObjectState": (403, "archived"),
    "InvalidRequest": (400, "encrypted"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_only_the_uploader_can_change_is_explained_and_not_retried(s3, code):
    status, reason = REFUSALS[code]
    inject("GetObject", refusal(status, code))
    outcome = invoke()
    assert (outcome["outcome"], outcome["reason"]) == ("rejected", reason)
    explained = s3.get_object(Bucket="results", Key="a.png.error.json")["Body"].read()
    assert json.loads(explained)["reason"] == reason


FORBIDDEN = {
    "AccessDenied": 403,
    "AllAccessDisabled": 403,
    "KMS.DisabledException": 400,
    "KMS.NotFoundException": 400,
    "KMS.KMSInvalidStateException": 400,
}


@pytest.mark.parametrize("code", FORBIDDEN)
def test_a_read_that_the_deployment_forbids_waits_for_whoever_runs_it(s3, code, capsys):
    inject("GetObject", refusal(FORBIDDEN[code], code), times=1)
    with pytest.raises(ForbiddenError, match=f"{code} to GetObject for a.png in uploads"):
        invoke()
    assert results(s3) == set()
    assert counted(capsys, "Forbidden")
    assert invoke()["outcome"] == "quantized"


def test_a_good_result_stays_alone_when_the_function_loses_the_key(s3, monkeypatch):
    invoke()
    configure(monkeypatch, MAX_COLORS="16")
    inject("GetObject", refusal(403, "AccessDenied"))
    with pytest.raises(ForbiddenError):
        invoke()
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


def test_an_output_that_may_not_be_looked_at_is_not_taken_for_absent(s3):
    inject("HeadObject", refusal(403, "AccessDenied"))
    with pytest.raises(ForbiddenError, match="s3:ListBucket"):
        invoke()


def test_an_upload_that_can_be_read_again_loses_its_explanation(s3):
    inject("GetObject", refusal(403, "InvalidObjectState"), times=2)
    assert invoke()["outcome"] == "rejected"
    assert invoke()["outcome"] == "quantized"
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


@pytest.mark.parametrize("code", ["ExpiredToken", "RequestTimeTooSkewed"])
def test_a_refusal_that_is_about_the_functions_own_credentials_is_raised(s3, code):
    inject("GetObject", refusal(403, code))
    with pytest.raises(ClientError, match=code):
        invoke()
    assert results(s3) == set()


def test_a_result_that_may_not_be_written_is_raised(s3):
    inject("PutObject", refusal(403, "AccessDenied"))
    with pytest.raises(ForbiddenError, match="AccessDenied to PutObject"):
        invoke()


def test_a_write_that_meets_another_is_tried_again(s3, monkeypatch):
    client = shared_store()._client
    write, seen = client.put_object, []

    def conflict_once(**arguments):
        seen.append(arguments["Key"])
        if len(seen) == 1:
            raise ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")
        return write(**arguments)

    monkeypatch.setattr(client, "put_object", conflict_once)
    assert invoke()["outcome"] == "quantized"
    assert seen == ["a.png.palette.json", "a.png.palette.json", "a.png.quantized.png"]


def test_a_write_whose_answer_is_lost_is_recognized_as_ones_own(s3):
    # The emulator carries a request out although its answer is replaced.
    seen = inject("PutObject", refusal(409, "ConditionalRequestConflict"), times=1)
    assert invoke()["outcome"] == "quantized"
    assert len(seen) == 2
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


def test_a_failed_message_of_a_batch_is_named_and_the_others_are_done(s3):
    missing = json.loads(json.dumps(EVENT).replace("uploads", "no-such-bucket"))
    messages = [
        {"eventSource": "aws:sqs", "messageId": name, "body": json.dumps(body)}
        for name, body in {"good": EVENT, "bad": missing, "odd": {"color": "red"}}.items()
    ]
    answer = handler.on_object_created({"Records": messages}, LocalContext())
    assert answer["batchItemFailures"] == [{"itemIdentifier": "bad"}, {"itemIdentifier": "odd"}]
    assert [outcome["key"] for outcome in answer["results"]] == ["a.png"]


def test_results_are_cached_as_the_setting_says_and_errors_are_not(s3, monkeypatch):
    configure(monkeypatch, CACHE_CONTROL="max-age=3600")
    invoke()
    assert s3.head_object(Bucket="results", Key="a.png.quantized.png")["CacheControl"] == "max-age=3600"
    s3.put_object(Bucket="uploads", Key="a.png", Body=b"no image")
    invoke()
    assert "CacheControl" not in s3.head_object(Bucket="results", Key="a.png.error.json")


def test_other_settings_make_the_result_anew(s3, monkeypatch):
    assert [invoke()["outcome"] for _ in range(2)] == ["quantized", "skipped"]
    configure(monkeypatch, MAX_COLORS="16")
    assert invoke()["outcome"] == "quantized"


def test_the_log_line_tells_request_key_version_and_outcome(s3):
    written = io.StringIO()
    before = logger.registered_handler.setStream(written)
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    event = json.loads(json.dumps(EVENT).replace('"a.png"', '"a.png", "versionId": "v1"'))
    handler.on_object_created(event, LocalContext(aws_request_id="r1"))
    logger.registered_handler.setStream(before)
    [line] = map(json.loads, written.getvalue().splitlines())
    told = (line["function_request_id"], line["key"], line["version"], line["outcome"])
    assert told == ("r1", "a.png", "v1", "quantized")


def test_the_metrics_name_what_was_read_made_and_spent(s3, capsys):
    invoke()
    blobs = [json.loads(text) for text in capsys.readouterr().out.splitlines() if '"_aws"' in text]
    [told] = [blob for blob in blobs if "Images" in blob]
    assert told["Images"] == [1.0]
    assert told["Colors"] == [1.0]
    assert told["Megapixels"] == [64 / 1e6]
    assert {"BytesIn", "BytesOut", "Duration", "DecodeDuration", "ReadDuration", "WriteDuration"} <= set(told)


def test_a_rejection_is_counted_by_its_reason(s3, capsys):
    s3.put_object(Bucket="uploads", Key="a.png", Body=b"no image")
    invoke()
    blobs = [json.loads(text) for text in capsys.readouterr().out.splitlines() if '"_aws"' in text]
    [by_reason] = [blob for blob in blobs if "RejectedByReason" in blob]
    assert by_reason["reason"] == "unsupported"
    assert any(blob.get("Rejected") == [1.0] for blob in blobs)

"""What S3 can do to a request, injected into botocore, and where each fault ends."""

from __future__ import annotations

import io
import json

import boto3
import cv2
import numpy as np
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

from colorquant.aws import handler, provenance
from colorquant.aws.errors import ConflictError, DeadlineError, ForbiddenError
from colorquant.aws.observability import logger
from colorquant.aws.store import shared_store
from colorquant.errors import SettingsError
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


def picture_of(color: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def picture() -> bytes:
    return picture_of("red")


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


def inject(operation: str, fault, times: int = 1_000, bucket: str = "") -> list[str]:
    """Answer the service's requests with a fault, as often as told, and record each of them."""
    seen: list[str] = []

    def answer(request, **_: object):
        if bucket not in request.url:
            return None
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

    class HalfASecond(LocalContext):
        def get_remaining_time_in_millis(self) -> int:
            return 500

    with pytest.raises(DeadlineError, match=r"81\.0 megapixels and needs 0\.6 s"):
        invoke(HalfASecond())


def test_a_report_that_takes_longer_than_the_deadline_fails_before_it_is_begun(s3, monkeypatch):
    monkeypatch.setenv("REPORT", "true")
    ramp = np.arange(4096, dtype=np.uint8).reshape(64, 64)
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([ramp, ramp.T, 255 - ramp])).save(buffer, "PNG")
    s3.put_object(Bucket="uploads", Key="a.png", Body=buffer.getvalue())

    # Enough for the image, and too little for the palettes of 8 to 32 colors.
    class Short(LocalContext):
        def get_remaining_time_in_millis(self) -> int:
            return 400

    with pytest.raises(DeadlineError, match=r"The report on a\.png needs 0\.5 s"):
        invoke(Short())
    monkeypatch.setenv("REPORT", "false")
    shared_store.cache_clear()
    assert invoke(Short())["outcome"] == "quantized"


REFUSALS = {
    "InvalidObjectState": (403, "archived"),
    "InvalidRequest": (400, "encrypted"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_what_only_the_uploader_can_change_is_explained_and_not_retried(s3, code):
    status, reason = REFUSALS[code]
    inject("GetObject", refusal(status, code))
    if code == "InvalidRequest":
        # Without the uploader's key S3 tells nothing of such an object, and an answer to HEAD cannot say why.
        inject("HeadObject", refusal(400, ""), bucket="uploads")
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


def test_another_release_makes_the_result_anew(s3, monkeypatch):
    invoke()
    monkeypatch.setattr(provenance, "__version__", f"{provenance.__version__}.post1")
    assert invoke()["outcome"] == "quantized"


def test_another_cache_control_makes_the_result_anew(s3, monkeypatch):
    invoke()
    configure(monkeypatch, CACHE_CONTROL="max-age=60")
    assert invoke()["outcome"] == "quantized"
    assert s3.head_object(Bucket="results", Key="a.png.quantized.png")["CacheControl"] == "max-age=60"


@pytest.mark.parametrize("shortage", [MemoryError(), cv2.error("OpenCV: Insufficient memory")])
def test_an_image_that_lacked_memory_is_processed_when_there_is_more(s3, monkeypatch, shortage):
    def exhausted(*_: object) -> None:
        raise shortage

    with monkeypatch.context() as patch:
        patch.setattr("numpy.frombuffer", exhausted)
        patch.setattr("cv2.imdecode", exhausted)
        with pytest.raises(MemoryError):
            invoke()
    assert results(s3) == set()
    assert invoke()["outcome"] == "quantized"


def test_files_of_an_older_upload_go_when_the_settings_no_longer_make_them(s3, monkeypatch):
    configure(monkeypatch, REPORT="true")
    invoke()
    s3.put_object(Bucket="uploads", Key="a.png", Body=picture_of("blue"))
    configure(monkeypatch, REPORT="false", OUTPUT_FORMAT="webp")
    invoke()
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.webp"}


def test_the_late_event_of_a_deleted_upload_points_to_nothing_that_is_not_there(s3):
    invoke()
    s3.delete_object(Bucket="uploads", Key="a.png")
    outcome = invoke()
    assert outcome["outcome"] == "skipped"
    assert "output" not in outcome
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


def test_a_deleted_upload_whose_result_is_whole_is_not_explained_when_the_settings_change(s3, monkeypatch):
    invoke()
    s3.delete_object(Bucket="uploads", Key="a.png")
    configure(monkeypatch, REPORT="true")
    assert invoke()["outcome"] == "skipped"
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


def test_a_deletion_that_nobody_asked_to_follow_costs_no_request(s3):
    seen = inject("GetObject", refusal(500, "InternalError"))
    event = json.loads(json.dumps(EVENT))
    event["Records"][0]["eventName"] = "ObjectRemoved:Delete"
    [outcome] = handler.on_object_created(event, LocalContext())["results"]
    assert (outcome["outcome"], seen) == ("skipped", [])


def test_a_deletion_takes_the_results_along_where_that_is_asked_for(s3, monkeypatch):
    configure(monkeypatch, STALE_RESULTS="delete")
    invoke()
    s3.delete_object(Bucket="uploads", Key="a.png")
    event = json.loads(json.dumps(EVENT))
    event["Records"][0]["eventName"] = "ObjectRemoved:Delete"
    asked: list[str] = []
    shared_store()._client.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    [outcome] = handler.on_object_created(event, LocalContext())["results"]
    assert (outcome["outcome"], results(s3)) == ("removed", set())
    # One round: it looks at everything and the upload, removes both files, and looks if it is still gone.
    assert asked == [*["HeadObject"] * 5, "GetObject", "DeleteObject", "DeleteObject", "HeadObject"]


@pytest.mark.parametrize("shut", [False, True])
def test_the_body_is_closed_whether_it_is_read_or_not(s3, picture, shut):
    body = Body(picture)
    size = str(10**9) if shut else str(len(picture))
    inject("GetObject", lambda: AWSResponse("", 200, {"etag": '"x"', "content-length": size}, body), times=1)
    invoke()
    assert body.closed


def test_no_time_is_spent_on_decoding_when_reading_took_it_all(s3, monkeypatch):
    class Impatient(LocalContext):
        def get_remaining_time_in_millis(self) -> int:
            return 10

    monkeypatch.setattr("colorquant.aws.newest.read_header", lambda *_: pytest.fail("it went on"))
    with pytest.raises(DeadlineError):
        invoke(Impatient())


def test_a_refusal_that_passes_while_it_is_explained_is_not_final(s3):
    inject("GetObject", refusal(403, "InvalidObjectState"), times=1)
    assert invoke()["outcome"] == "quantized"


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchKey"), (409, "OperationAborted")])
def test_a_write_to_what_is_gone_or_just_being_written_is_tried_again(s3, monkeypatch, status, code):
    client = shared_store()._client
    write, seen = client.put_object, []

    def refused_once(**arguments):
        seen.append(arguments["Key"])
        if len(seen) == 1:
            raise ClientError({"Error": {"Code": code}}, "PutObject")
        return write(**arguments)

    monkeypatch.setattr(client, "put_object", refused_once)
    assert invoke()["outcome"] == "quantized"


def test_failures_skips_and_refusals_are_counted(s3, capsys, monkeypatch):
    invoke()
    invoke()
    assert counted(capsys, "Skipped")
    inject("GetObject", refusal(500, "InternalError"))
    with pytest.raises(ClientError):
        invoke()
    assert counted(capsys, "Failed")
    configure(monkeypatch, OUTPUT_BUCKET="uploads")
    assert invoke()["outcome"] == "refused"
    assert counted(capsys, "Refused")


def test_settings_that_cannot_be_are_logged_and_counted(s3, capsys, monkeypatch):
    configure(monkeypatch, MIN_COLORS="40", MAX_COLORS="30")
    with pytest.raises(SettingsError, match="MIN_COLORS"):
        invoke()
    assert counted(capsys, "Failed")


def test_s3_is_told_whose_the_buckets_are(s3, monkeypatch):
    configure(monkeypatch, INPUT_BUCKET_OWNER="111111111111", OUTPUT_BUCKET_OWNER="222222222222")
    told = {}

    def note(params, **_: object) -> None:
        told.setdefault(params["headers"].get("x-amz-expected-bucket-owner"), set()).add(params["url"])

    shared_store()._client.meta.events.register("before-call.s3", note)
    invoke()
    assert {owner: {url.split("/")[2].split(".")[0] for url in urls} for owner, urls in told.items()} == {
        "111111111111": {"uploads"},
        "222222222222": {"results"},
    }


def test_the_log_says_why_a_call_failed(s3):
    written = io.StringIO()
    before = logger.registered_handler.setStream(written)
    s3.put_object(Bucket="results", Key="a.png.quantized.png", Body=b"mine")
    with pytest.raises(ConflictError):
        invoke()
    logger.registered_handler.setStream(before)
    [line] = map(json.loads, written.getvalue().splitlines())
    assert (line["outcome"], line["reason"], line["key"]) == ("failed", "conflict", "a.png")


@pytest.mark.parametrize("metadata", [{}, {"source-bucket": "elsewhere", "source-etag": "x"}])
@pytest.mark.parametrize("ending", [".quantized.png", ".palette.json", ".error.json"])
def test_what_is_not_this_buckets_is_never_replaced(s3, metadata, ending):
    s3.put_object(Bucket="results", Key=f"a.png{ending}", Body=b"mine", Metadata=metadata)
    with pytest.raises(ConflictError, match=f"a.png{ending} in results"):
        invoke()
    assert s3.get_object(Bucket="results", Key=f"a.png{ending}")["Body"].read() == b"mine"
    assert results(s3) == {f"a.png{ending}"}


def test_what_an_earlier_release_wrote_is_its_own(s3):
    # Release 0.1 did not say which bucket an upload was in.
    before = {"source-etag": "x", "source-version": "", "settings": "0123456789abcdef"}
    for ending in (".quantized.png", ".error.json"):
        s3.put_object(Bucket="results", Key=f"a.png{ending}", Body=b"old", Metadata=before)
    assert invoke()["outcome"] == "quantized"
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


def test_a_foreign_object_that_is_in_nobodys_way_is_left_alone(s3, monkeypatch):
    s3.put_object(Bucket="results", Key="a.png.report.html", Body=b"mine")
    configure(monkeypatch, STALE_RESULTS="delete")
    assert invoke()["outcome"] == "quantized"
    assert "a.png.report.html" in results(s3)


def test_without_a_palette_file_the_palette_is_in_the_images_metadata(s3, monkeypatch):
    configure(monkeypatch, PALETTE_FILE="false")
    invoke()
    assert results(s3) == {"a.png.quantized.png"}
    assert s3.head_object(Bucket="results", Key="a.png.quantized.png")["Metadata"]["palette"] == "ff0000"


def test_a_result_is_made_anew_when_the_palette_has_to_move_into_its_metadata(s3, monkeypatch):
    invoke()
    configure(monkeypatch, PALETTE_FILE="false")
    assert invoke()["outcome"] == "quantized"
    assert s3.head_object(Bucket="results", Key="a.png.quantized.png")["Metadata"]["palette"] == "ff0000"


def test_the_longest_palette_fits_into_the_metadata(s3, monkeypatch):
    palette = ",".join(f"#{number:06x}" for number in range(256))
    configure(monkeypatch, PALETTE_FILE="false", PALETTE=palette, DEPLOYED_AT="1764000000")
    columns = Image.frombytes("RGB", (256, 1), bytes(range(256)) * 3)
    buffer = io.BytesIO()
    columns.save(buffer, "PNG")
    s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="uploads", Key="a.png", Body=buffer.getvalue())
    invoke()
    metadata = s3.head_object(Bucket="results", Key="a.png.quantized.png")["Metadata"]
    # S3 counts names and values; moto does not. A bucket's name may have 63 characters, and an ETag 40.
    room = (63 - len("uploads")) + (40 - len(metadata["source-etag"]))
    assert sum(len(name) + len(value) for name, value in metadata.items()) + room <= 2048


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

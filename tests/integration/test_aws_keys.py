"""What S3's keys can hold, and what becomes of each."""

from __future__ import annotations

import base64
import io
import json
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, unquote

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from PIL import Image

from colorquant.aws import handler
from colorquant.aws.outputs import DIGEST_DIGITS, ERROR, LONGEST_NAME, LONGEST_SUFFIX, RESULTS, output_name
from colorquant.aws.store import shared_store
from colorquant.local.stack import LocalContext

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_KEY = LONGEST_NAME - LONGEST_SUFFIX
# Two bytes and four bytes each, so that a name may end within a character.
LONG = {"ascii": "a", "umlauts": "ü", "emoji": "🖼"}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "OUTPUT_BUCKET": "results",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("uploads", "results"):
            client.create_bucket(Bucket=bucket)
        shared_store.cache_clear()
        shared_store()._client.meta.events.register_first("before-send.s3", refuse_long_keys)
        yield client
        shared_store.cache_clear()


class Raw(io.BytesIO):
    """What urllib3 gives."""

    def stream(self, **_: Any) -> list[bytes]:
        return [self.getvalue()]


def refuse_long_keys(request: Any, **_: Any) -> AWSResponse | None:
    """Do as S3 does, and moto does not."""
    key = unquote(request.url.split("amazonaws.com/", 1)[1].partition("?")[0])
    if len(key.encode()) <= LONGEST_NAME:
        return None
    body = b"" if request.method == "HEAD" else b"<Error><Code>KeyTooLongError</Code></Error>"
    return AWSResponse(request.url, 400, {}, Raw(body))


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


def upload(s3: Any, key: str, body: bytes | None = None) -> dict[str, Any]:
    s3.put_object(Bucket="uploads", Key=key, Body=picture() if body is None else body)
    return deliver(key)


def deliver(key: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    record = {
        "eventSource": "aws:s3",
        "eventName": name,
        "s3": {"bucket": {"name": "uploads"}, "object": {"key": quote_plus(key)}},
    }
    [outcome] = handler.on_object_created({"Records": [record]}, LocalContext())["results"]
    return outcome


def results(s3: Any) -> set[str]:
    # Control characters are no part of XML, so that lists of keys hold them encoded.
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="results", EncodingType="url")
    return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


def key_of(letter: str, size: int) -> str:
    """Give a key of so many bytes."""
    whole, rest = divmod(size, len(letter.encode()))
    return letter * whole + "x" * rest


def test_the_emulator_here_refuses_names_that_are_too_long(s3: Any) -> None:
    client = shared_store()._client
    with pytest.raises(ClientError, match="400"):
        client.head_object(Bucket="results", Key="a" * (LONGEST_NAME + 1))
    with pytest.raises(ClientError, match="404"):
        client.head_object(Bucket="results", Key="a" * LONGEST_NAME)


ODD = {
    "two slashes": "a//b.png",
    "a slash in front": "/a.png",
    "a way up": "../../a.png",
    "a dot": "./a.png",
    "control characters": "a\x01\x07\tb\n.png",
    "not composed": unicodedata.normalize("NFD", "ü.png"),
    "a blank at the end": "a.png ",
    "HTML": '<b>&amp;".png',
    "percent": "100%25.png",
}


@pytest.mark.parametrize("key", ODD.values(), ids=ODD)
def test_an_odd_key_keeps_its_name_to_the_letter(s3: Any, key: str) -> None:
    assert upload(s3, key)["output"] == key + ".quantized.png"
    for ending in (".quantized.png", ".palette.json"):
        assert s3.head_object(Bucket="results", Key=key + ending)


def test_composed_and_decomposed_text_are_two_keys(s3: Any) -> None:
    for form in ("NFC", "NFD"):
        upload(s3, unicodedata.normalize(form, "ü.png"))
    assert len(results(s3)) == 4


@pytest.mark.parametrize("key", ["photos/", "/", "a/b/"])
def test_a_folder_of_the_console_is_passed_over_and_counted(
    s3: Any, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upload(s3, key, b"")["outcome"] == "skipped"
    assert results(s3) == set()
    blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [blob["Folders"] for blob in blobs if "Folders" in blob] == [[1.0]]


def test_a_folder_that_was_deleted_is_not_missed(s3: Any) -> None:
    assert deliver("photos/")["outcome"] == "skipped"
    assert results(s3) == set()


def test_an_image_may_have_a_slash_at_the_end(s3: Any) -> None:
    assert upload(s3, "photos/")["outcome"] == "quantized"


def test_an_empty_file_is_no_folder(s3: Any) -> None:
    assert upload(s3, "empty.png", b"")["reason"] == "empty"


@pytest.mark.parametrize("letter", LONG.values(), ids=LONG)
def test_the_longest_key_has_its_results(s3: Any, letter: str) -> None:
    key = key_of(letter, LONGEST_KEY)
    assert upload(s3, key)["outcome"] == "quantized"
    assert s3.head_object(Bucket="results", Key=f"{key}.quantized.png")


@pytest.mark.parametrize("letter", LONG.values(), ids=LONG)
@pytest.mark.parametrize("size", [LONGEST_KEY + 1, 1013, 1014, 1020, LONGEST_NAME])
def test_a_longer_key_is_explained_once_under_a_name_that_fits(s3: Any, letter: str, size: int) -> None:
    key = key_of(letter, size)
    outcome = upload(s3, key)
    assert (outcome["outcome"], outcome["reason"]) == ("rejected", "key-too-long")
    explanation = s3.get_object(Bucket="results", Key=outcome["output"])
    assert base64.b64decode(explanation["Metadata"]["source-key-base64"]).decode() == key
    document = json.loads(explanation["Body"].read())
    assert document["source"]["key"] == key
    assert f"{size:,} bytes" in document["message"]
    again = deliver(key)
    assert again["message"] == "It was rejected before: key-too-long."
    assert again["output"] == outcome["output"]


def test_an_explanation_of_a_long_key_goes_with_its_upload_where_that_is_asked_for(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STALE_RESULTS", "delete")
    shared_store.cache_clear()
    key = key_of("a", LONGEST_NAME)
    upload(s3, key)
    s3.delete_object(Bucket="uploads", Key=key)
    assert deliver(key, "ObjectRemoved:Delete")["outcome"] == "removed"
    assert results(s3) == set()


@given(st.sets(st.integers(1, LONGEST_NAME)), st.sampled_from(sorted(LONG.values())))
def test_no_two_keys_share_an_output_and_every_name_fits(sizes: set[int], letter: str) -> None:
    several = {key_of(letter, size) for size in sizes} | {output_name(key_of(letter, 1024), ERROR)[:-11]}
    fitting = [key for key in several if len(key.encode()) <= LONGEST_KEY]
    names = [output_name(key, ERROR) for key in several]
    names += [output_name(key, file) for key in fitting for file in RESULTS]
    assert len(set(names)) == len(names)
    assert max(len(name.encode()) for name in names) <= LONGEST_NAME


@given(st.integers(LONGEST_KEY + 1, LONGEST_NAME), st.sampled_from(sorted(LONG.values())))
def test_the_name_for_a_long_key_is_longer_than_any_explanation_of_another(size: int, letter: str) -> None:
    assert len(output_name(key_of(letter, size), ERROR).encode()) > LONGEST_KEY + len(ERROR.suffix)


@pytest.mark.parametrize("letter", LONG.values())
@pytest.mark.parametrize("before", range(4))
def test_a_letter_that_the_name_cuts_through_is_left_out(letter: str, before: int) -> None:
    whole = "x" * before + letter * (LONGEST_NAME // len(letter.encode()))
    name = output_name(whole, ERROR)
    assert len(name.encode()) <= LONGEST_NAME
    assert whole.startswith(name.removesuffix(ERROR.suffix)[: -1 - DIGEST_DIGITS])

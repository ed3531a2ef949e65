"""Settings that come with an upload, and those of a prefix."""

from __future__ import annotations

import io
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from PIL import Image

from colorquant import Settings
from colorquant.aws import handler
from colorquant.aws.configuration import FOR_PREFIXES, FOR_UPLOADS, Configuration
from colorquant.aws.store import shared_store
from colorquant.errors import SettingsError
from colorquant.local.stack import LocalContext

if TYPE_CHECKING:
    from collections.abc import Iterator

# What an upload must not decide: limits, work, names of results, and what they cost.
THE_OPERATORS_ALONE = {"max_pixels", "max_bytes", "engine"}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    configure(
        monkeypatch,
        OUTPUT_BUCKET="results",
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
        AWS_DEFAULT_REGION="us-east-1",
    )
    with mock_aws():
        client = boto3.client("s3")
        for bucket in ("uploads", "results"):
            client.create_bucket(Bucket=bucket)
        yield client
        shared_store.cache_clear()


def configure(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shared_store.cache_clear()


def gradient() -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").resize((32, 32)).save(buffer, "PNG")
    return buffer.getvalue()


def upload(s3: Any, key: str = "a.png", **metadata: str) -> dict[str, Any]:
    asked = {name.replace("_", "-"): value for name, value in metadata.items()}
    s3.put_object(Bucket="uploads", Key=key, Body=gradient(), Metadata=asked)
    return deliver(key)


def deliver(key: str) -> dict[str, Any]:
    record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": "uploads"}, "object": {"key": key}}}
    [outcome] = handler.on_object_created({"Records": [record]}, LocalContext())["results"]
    return outcome


def results(s3: Any) -> set[str]:
    return {entry["Key"] for entry in s3.list_objects_v2(Bucket="results").get("Contents", [])}


def palette(s3: Any, key: str = "a.png") -> list[str]:
    told = json.loads(s3.get_object(Bucket="results", Key=f"{key}.palette.json")["Body"].read())
    return [entry["hex"] for entry in told["palette"]]


def test_an_upload_may_say_how_many_colors_it_wants(s3: Any) -> None:
    assert upload(s3, colorquant_colors="5")["colors"] == 5


def test_an_upload_may_fix_its_palette(s3: Any) -> None:
    upload(s3, colorquant_palette="#000000, white")
    assert set(palette(s3)) == {"#000000", "#ffffff"}


def test_the_same_bytes_with_other_settings_are_processed_anew(s3: Any) -> None:
    assert upload(s3)["outcome"] == "quantized"
    assert upload(s3, colorquant_colors="5")["colors"] == 5
    assert deliver("a.png")["outcome"] == "skipped"


def test_other_metadata_mean_nothing_here(s3: Any) -> None:
    upload(s3)
    assert upload(s3, author="me", title="colorquant-colors")["outcome"] == "skipped"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("colorquant-max-colors", "many", "x-amz-meta-colorquant-max-colors must be a whole number"),
        ("colorquant-max-colors", "1000", "x-amz-meta-colorquant-max-colors"),
        ("colorquant-criterion", "nicest", "x-amz-meta-colorquant-criterion must be one of"),
        ("colorquant-keep", "#zzz", "'#zzz' is not a color"),
        ("colorquant-max-pixels", "1", "x-amz-meta-colorquant-max-pixels is not a setting that an upload"),
        ("colorquant-report", "true", "x-amz-meta-colorquant-report is not a setting that an upload"),
        ("colorquant-rainbow", "1", "These are: color-space, colors, criterion"),
    ],
)
def test_what_cannot_be_is_explained_by_the_header_s_name(s3: Any, name: str, value: str, told: str) -> None:
    outcome = upload(s3, **{name: value})
    assert (outcome["outcome"], outcome["reason"]) == ("rejected", "settings")
    document = json.loads(s3.get_object(Bucket="results", Key="a.png.error.json")["Body"].read())
    assert told in document["message"]
    assert deliver("a.png")["message"] == "It was rejected before: settings."


def test_an_upload_that_is_put_right_gets_its_result(s3: Any) -> None:
    upload(s3, colorquant_colors="many")
    assert upload(s3, colorquant_colors="4")["colors"] == 4
    assert results(s3) == {"a.png.palette.json", "a.png.quantized.png"}


def test_the_operator_can_turn_it_off(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, UPLOAD_SETTINGS="false")
    upload(s3)
    assert upload(s3, colorquant_colors="5")["outcome"] == "skipped"
    assert upload(s3, colorquant_colors="many")["outcome"] == "skipped"


def test_every_setting_is_for_uploads_for_prefixes_or_for_the_operator_alone() -> None:
    known = {field.name for field in fields(Settings)} | {"colors"}
    assert FOR_UPLOADS <= FOR_PREFIXES
    assert known - FOR_PREFIXES == THE_OPERATORS_ALONE
    assert FOR_PREFIXES - known == set()


PREFIXES = json.dumps(
    {"logos/": {"palette": "#ffffff", "output-format": "webp"}, "logos/dark/": {"palette": "#000000"}}
)


def test_a_prefix_has_settings_of_its_own_and_a_longer_one_has_the_last_word(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, PREFIX_SETTINGS=PREFIXES)
    for key in ("logos/a.png", "logos/dark/a.png", "photo.png"):
        upload(s3, key)
    assert palette(s3, "logos/a.png") == ["#ffffff"]
    assert palette(s3, "logos/dark/a.png") == ["#000000"]
    assert len(palette(s3, "photo.png")) > 1
    assert {key for key in results(s3) if "quantized" in key} == {
        "logos/a.png.quantized.webp",
        "logos/dark/a.png.quantized.webp",
        "photo.png.quantized.png",
    }


def test_an_upload_has_the_last_word_over_its_prefix(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, PREFIX_SETTINGS=PREFIXES)
    upload(s3, "logos/a.png", colorquant_palette="red")
    assert palette(s3, "logos/a.png") == ["#ff0000"]


def test_only_the_keys_of_a_prefix_are_made_anew_when_its_settings_change(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("logos/a.png", "photo.png"):
        upload(s3, key)
    configure(monkeypatch, PREFIX_SETTINGS=PREFIXES)
    assert deliver("logos/a.png")["outcome"] == "quantized"
    assert deliver("photo.png")["outcome"] == "skipped"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "PREFIX_SETTINGS is not JSON"),
        ("[]", "PREFIX_SETTINGS must be like"),
        ('{"logos/": 3}', "PREFIX_SETTINGS must be like"),
        ('{"logos/": {"max-colors": "many"}}', "'logos/': max-colors must be a whole number"),
        ('{"logos/": {"max-pixels": 9}}', "'logos/': max-pixels is not a setting that a prefix can have"),
        ('{"logos/": {"max_colors": 9}}', "'logos/': max_colors is not a setting that a prefix can have"),
        ('{"a/": {"palette": "red"}, "a/b/": {"keep": "red"}}', "'a/b/': palette fixes every color"),
    ],
)
def test_settings_of_a_prefix_that_cannot_be_are_told_when_the_function_starts(text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Configuration.from_environment({"OUTPUT_BUCKET": "results", "PREFIX_SETTINGS": text})
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["STALE_RESULTS", "PALETTE_FILE", "UPLOAD_SETTINGS"])
def test_a_switch_that_is_neither_is_told_by_its_name(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be"):
        Configuration.from_environment({"OUTPUT_BUCKET": "results", name: "maybe"})

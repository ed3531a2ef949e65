"""What CloudFormation is told about the settings of a deployment."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from colorquant.aws.deployment import on_deployment
from colorquant.local.stack import LocalContext

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where the answer goes, and what has come there."""
    monkeypatch.setenv("OUTPUT_BUCKET", "results")
    answers: list[dict[str, Any]] = []

    class Bucket(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Bucket) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/answer?signature=x", answers
        server.shutdown()
        thread.join()


def ask(url: str, kind: str = "Create", **more: str) -> None:
    event = {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/colorquant/1",
        "RequestId": "r1",
        "LogicalResourceId": "SettingsCheck",
        "ResourceType": "Custom::SettingsCheck",
        "ResourceProperties": {"ServiceToken": "x", "Settings": "8|32"},
    }
    on_deployment(event | more, LocalContext())


def test_settings_that_can_be_pass_and_the_answer_says_when(
    cloudformation: tuple[str, list[dict[str, Any]]],
) -> None:
    url, answers = cloudformation
    ask(url)
    (answer,) = answers
    assert (answer["Status"], answer["RequestId"], answer["LogicalResourceId"]) == (
        "SUCCESS",
        "r1",
        "SettingsCheck",
    )
    assert answer["Data"]["At"].isdecimal()


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("MIN_COLORS", "40", "MIN_COLORS must be at most MAX_COLORS"),
        ("PREFIX_SETTINGS", '{"logos/": {"criterion": "nicest"}}', "'logos/': criterion must be one of"),
        ("PREFIX_SETTINGS", "{", "PREFIX_SETTINGS is not JSON"),
        ("OUTPUT_BUCKET", "", "OUTPUT_BUCKET is not set"),
    ],
)
def test_settings_that_cannot_be_fail_the_deployment_with_the_reason(
    cloudformation: tuple[str, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    told: str,
) -> None:
    url, answers = cloudformation
    monkeypatch.setenv("MAX_COLORS", "32")
    monkeypatch.setenv(variable, value)
    ask(url, "Update", PhysicalResourceId="settings")
    (answer,) = answers
    assert answer["Status"] == "FAILED"
    assert told in answer["Reason"]
    assert len(json.dumps(answer)) < 4096


def test_a_stack_with_wrong_settings_can_be_deleted(
    cloudformation: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, answers = cloudformation
    monkeypatch.delenv("OUTPUT_BUCKET")
    ask(url, "Delete", PhysicalResourceId="settings")
    assert [answer["Status"] for answer in answers] == ["SUCCESS"]

"""A new version is tried on the local stack, before CodeDeploy is told to let uploads reach it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from colorquant.aws import handler, trial
from colorquant.local.stack import INPUT_BUCKET, OUTPUT_BUCKET, LocalContext, LocalStack, local_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUCKET = "colorquant-backfill"
VERSION = "arn:aws:lambda:us-east-1:123456789012:function:colorquant-QuantizeFunction-1:7"
EVENT = {"DeploymentId": "d-ABC", "LifecycleEventHookExecutionId": "token"}


@dataclass
class Account:
    """Lambda and CodeDeploy, up to where botocore would send a request."""

    stack: LocalStack
    version: Callable[[dict[str, Any]], Any]
    called: list[str] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)

    def invoke(self, params: dict[str, Any], **_: Any) -> Any:
        self.called.append(params["url_path"])
        answer: dict[str, Any] = {"StatusCode": 200}
        try:
            payload = self.version(json.loads(params["body"]))
        except Exception as error:  # noqa: BLE001 - as Lambda does
            answer["FunctionError"], payload = "Unhandled", {"errorMessage": str(error)}
        return SimpleNamespace(status_code=200), answer | {
            "Payload": io.BytesIO(json.dumps(payload).encode())
        }

    def be_told(self, params: dict[str, Any], **_: Any) -> Any:
        self.told.append(json.loads(params["body"]))
        return SimpleNamespace(status_code=200), {}

    def keys(self) -> list[str]:
        return [
            entry["Key"]
            for bucket in (BUCKET, INPUT_BUCKET, OUTPUT_BUCKET)
            for entry in self.stack.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        ]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with local_stack() as stack:
        monkeypatch.setenv("TRIAL_BUCKET", BUCKET)
        monkeypatch.setenv("NEW_VERSION", VERSION)
        session = boto3.Session()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
        stack.s3.create_bucket(Bucket=BUCKET)
        account = Account(stack, lambda event: handler.on_object_created(event, LocalContext()))
        session.events.register("before-call.lambda.Invoke", account.invoke)
        session.events.register(
            "before-call.codedeploy.PutLifecycleEventHookExecutionStatus", account.be_told
        )
        yield account


def verdict(account: Account) -> str:
    trial.before_traffic(EVENT, LocalContext())
    (told,) = account.told
    assert told["deploymentId"] == EVENT["DeploymentId"]
    assert told["lifecycleEventHookExecutionId"] == EVENT["LifecycleEventHookExecutionId"]
    return told["status"]


def test_a_version_that_does_its_work_gets_uploads(account: Account) -> None:
    assert verdict(account) == "Succeeded"
    # The new version itself, once with an image and once with a text.
    assert [path.count(VERSION.rpartition(":")[2]) > 0 for path in account.called] == [True, True]
    assert account.keys() == []


def test_the_live_version_hears_nothing_of_it(account: Account) -> None:
    verdict(account)
    assert account.stack.deliver() == []


def test_a_version_that_fails_gets_none_and_the_log_says_why(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_event: dict[str, Any]) -> Any:
        raise ValueError("no such library")

    account.version = broken
    assert verdict(account) == "Failed"
    assert account.keys() == []
    assert "no such library" in caplog.text


def test_a_version_that_does_nothing_gets_none(account: Account) -> None:
    account.version = lambda _event: {"results": []}
    assert verdict(account) == "Failed"


def test_a_version_that_takes_anything_for_an_image_gets_none(account: Account) -> None:
    work = account.version

    def careless(event: dict[str, Any]) -> Any:
        key = event["Records"][0]["s3"]["object"]["key"]
        return work(event) if key.endswith("gradient.png") else {"results": []}

    account.version = careless
    assert verdict(account) == "Failed"


def test_codedeploy_is_told_where_the_trial_itself_cannot_be(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAL_BUCKET", "nowhere")
    assert verdict(account) == "Failed"

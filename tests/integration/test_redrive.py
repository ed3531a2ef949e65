from __future__ import annotations

import json
import time

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner
from moto import mock_aws

from colorquant.cli import main
from colorquant.operate import redrive as module
from colorquant.operate.errors import JobError
from colorquant.operate.redrive import Replayed, redrive

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:colorquant"
EVENT = {"Records": [{"eventSource": "aws:s3"}]}
FAILED = {
    "version": "1.0",
    "requestContext": {"functionArn": f"{FUNCTION}:$LATEST", "condition": "RetriesExhausted"},
    "requestPayload": EVENT,
    "responsePayload": {"errorMessage": "Please reduce your request rate."},
}


@pytest.fixture
def sqs(monkeypatch):
    monkeypatch.setattr(module, "WAIT_SECONDS", 0)
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def queue(sqs) -> str:
    return sqs.create_queue(QueueName="failed")["QueueUrl"]


@pytest.fixture
def functions():
    client = boto3.client("lambda", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        client.stub = stub
        yield client


def expect(functions, name: str = FUNCTION) -> None:
    functions.stub.add_response(
        "invoke",
        {"StatusCode": 202},
        {"FunctionName": name, "InvocationType": "Event", "Payload": json.dumps(EVENT).encode()},
    )


def left(sqs, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(map(int, counts.values()))


def test_a_failed_event_goes_to_the_function_it_names_and_leaves_the_queue(sqs, queue, functions):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(FAILED))
    expect(functions)
    replayed = list(redrive(sqs, functions, queue))
    assert replayed == [Replayed(FUNCTION, "Please reduce your request rate.")]
    functions.stub.assert_no_pending_responses()
    assert left(sqs, queue) == 0


def test_every_message_is_replayed(sqs, queue, functions):
    for _ in range(12):
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(FAILED))
        expect(functions)
    assert len(list(redrive(sqs, functions, queue))) == 12


def test_an_event_that_came_by_itself_goes_to_the_function_that_is_given(sqs, queue, functions):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(EVENT))
    expect(functions, "mine")
    assert list(redrive(sqs, functions, queue, "mine")) == [Replayed("mine", "")]


@pytest.mark.parametrize("body", ["red", json.dumps(EVENT)])
def test_a_message_that_names_no_function_stays_in_the_queue(sqs, queue, functions, body):
    sqs.send_message(QueueUrl=queue, MessageBody=body)
    with pytest.raises(JobError, match="--function"):
        list(redrive(sqs, functions, queue))
    assert left(sqs, queue) == 1


def test_what_fails_again_meanwhile_is_left_for_the_next_time(sqs, queue, functions):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(FAILED))
    assert list(redrive(sqs, functions, queue, now=lambda: time.time() - 60)) == []
    assert left(sqs, queue) == 1


def test_the_command_says_how_many_events_it_replayed(sqs, queue, functions, monkeypatch):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(FAILED))
    expect(functions)
    clients = {"sqs": sqs, "lambda": functions}
    monkeypatch.setattr("colorquant.cli.redrive.client", clients.get)
    done = CliRunner().invoke(main, ["redrive", "--queue", queue])
    assert done.exit_code == 0
    assert f"{FUNCTION}: replayed (Please reduce your request rate.)" in done.output
    assert done.output.endswith("1 event replayed.\n")


def test_an_event_that_the_function_does_not_take_stays_in_the_queue(sqs, queue, functions):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(FAILED))
    functions.stub.add_client_error("invoke", "TooManyRequestsException")
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        list(redrive(sqs, functions, queue))
    assert left(sqs, queue) == 1

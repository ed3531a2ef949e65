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
from colorquant.operate.redrive import Left, Replayed, redrive

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


def waiting(sqs, queue: str) -> int:
    """Count what the next run would see at once."""
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(counts["Attributes"]["ApproximateNumberOfMessages"])


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
def test_a_message_that_names_no_function_is_told_and_stays_in_the_queue(sqs, queue, functions, body):
    sent = sqs.send_message(QueueUrl=queue, MessageBody=body)
    assert list(redrive(sqs, functions, queue)) == [Left(sent["MessageId"])]
    assert waiting(sqs, queue) == 1


def test_odd_messages_stop_none_of_the_others_and_are_visible_at_once(sqs, queue, functions):
    for number in range(25):
        sqs.send_message(QueueUrl=queue, MessageBody="odd" if number % 5 == 0 else json.dumps(FAILED))
    for _ in range(20):
        expect(functions)
    done = list(redrive(sqs, functions, queue))
    assert [type(one) for one in done].count(Replayed) == 20
    assert [type(one) for one in done].count(Left) == 5
    assert waiting(sqs, queue) == 5


def test_a_message_that_comes_back_in_a_long_run_is_told_and_given_back_once(
    sqs, queue, functions, monkeypatch
):
    sent = sqs.send_message(QueueUrl=queue, MessageBody="odd")
    receive, handles = module._receive, []

    def twice(*arguments):
        if len(handles) == 1:
            sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handles[0], VisibilityTimeout=0)
        messages = receive(*arguments)
        handles.extend(message["ReceiptHandle"] for message in messages)
        return messages

    monkeypatch.setattr(module, "_receive", twice)
    assert list(redrive(sqs, functions, queue)) == [Left(sent["MessageId"])]
    assert len(handles) == 2
    assert waiting(sqs, queue) == 1


def test_a_batch_of_newcomers_does_not_end_the_run(sqs, queue, functions, monkeypatch):
    started = time.time()
    for body in ["new"] * module.BATCH + [json.dumps(FAILED)] * 3:
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    receive = module._receive

    def aged(*arguments):
        messages = receive(*arguments)
        for message in messages:
            at = started + 60 if message["Body"] == "new" else started - 60
            message["Attributes"]["SentTimestamp"] = str(int(at * 1000))
        return messages

    monkeypatch.setattr(module, "_receive", aged)
    for _ in range(3):
        expect(functions)
    assert len(list(redrive(sqs, functions, queue, now=lambda: started))) == 3
    assert waiting(sqs, queue) == module.BATCH


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


def test_the_command_names_what_it_left_and_fails(sqs, queue, functions, monkeypatch):
    sent = sqs.send_message(QueueUrl=queue, MessageBody="red")
    monkeypatch.setattr("colorquant.cli.redrive.client", {"sqs": sqs, "lambda": functions}.get)
    done = CliRunner().invoke(main, ["redrive", "--queue", queue])
    assert done.exit_code == 1
    assert sent["MessageId"] in done.output
    assert "--function" in done.output


def test_an_event_that_the_function_does_not_take_stays_in_the_queue(sqs, queue, functions):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(FAILED))
    functions.stub.add_client_error("invoke", "TooManyRequestsException")
    with pytest.raises(functions.exceptions.TooManyRequestsException):
        list(redrive(sqs, functions, queue))
    assert left(sqs, queue) == 1

"""Replays events that ended in the failure queue."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# The most that SQS hands out at once, and the longest that it waits for more (ReceiveMessage in the SQS API).
BATCH = 10
WAIT_SECONDS = 20


@dataclass(frozen=True)
class Replayed:
    """An event that is on its way again.

    Attributes
    ----------
    function : str
        Name or ARN of the function that gets it.
    reason : str
        What failed before, as Lambda told it; empty if it did not.
    """

    function: str
    reason: str


@dataclass(frozen=True)
class Left:
    """A message that is not an event, or names no function. It stays in the queue."""

    message_id: str


@dataclass(frozen=True)
class _Event:
    function: str
    payload: object
    reason: str


def redrive(
    sqs: SQSClient,
    functions: LambdaClient,
    queue_url: str,
    function: str | None = None,
    now: Callable[[], float] = time.time,
) -> Iterator[Replayed | Left]:
    """Send each event of the failure queue to its function again, then delete it from the queue.

    The function is called asynchronously, so that an event that fails again is retried again and comes back
    into the queue. Events that arrive while this runs stay for the next time. Killed in between, it leaves
    an event in the queue that was sent already; the function skips what is done.

    Parameters
    ----------
    sqs : SQS client
    functions : Lambda client
    queue_url : str
    function : str, optional
        Who gets the events. Default: the function that failed, which each message names.
    now : callable
        Seconds since 1970.
    """
    started_ms = now() * 1000
    # By their IDs: what comes back in a long run is handed out under another handle, and the old one is void.
    kept: dict[str, str] = {}
    try:
        with ThreadPoolExecutor(BATCH) as pool:
            while messages := _receive(sqs, queue_url):
                good = []
                for message in messages:
                    event = _event(message, function)
                    is_old = int(message["Attributes"]["SentTimestamp"]) <= started_ms
                    if event and is_old:
                        good.append((message["ReceiptHandle"], event))
                        continue
                    if is_old and message["MessageId"] not in kept:
                        yield Left(message["MessageId"])
                    kept[message["MessageId"]] = message["ReceiptHandle"]
                yield from pool.map(lambda pair: _replay(sqs, functions, queue_url, *pair), good)
    finally:
        # Not before the end, when they would be received again and again.
        for handle in kept.values():
            sqs.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=handle, VisibilityTimeout=0)


def _receive(sqs: SQSClient, queue_url: str) -> list[MessageTypeDef]:
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=BATCH,
        WaitTimeSeconds=WAIT_SECONDS,
        MessageSystemAttributeNames=["SentTimestamp"],
    )
    return answer.get("Messages", [])


def _replay(sqs: SQSClient, functions: LambdaClient, queue_url: str, handle: str, event: _Event) -> Replayed:
    functions.invoke(
        FunctionName=event.function, InvocationType="Event", Payload=json.dumps(event.payload).encode()
    )
    sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=handle)
    return Replayed(event.function, event.reason)


def _event(message: MessageTypeDef, function: str | None) -> _Event | None:
    try:
        body = json.loads(message["Body"])
    except ValueError:
        return None
    match body:
        case {"requestContext": {"functionArn": str(arn)}, "requestPayload": payload}:
            return _Event(function or arn.removesuffix(":$LATEST"), payload, _reason(body))
    return _Event(function, body, "") if function else None


def _reason(body: dict[str, object]) -> str:
    match body:
        case {"responsePayload": {"errorMessage": str(text)}}:
            return text
        case {"requestContext": {"condition": str(text)}}:
            return text
    return ""

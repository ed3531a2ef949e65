"""Replays events that ended in the failure queue."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colorquant.operate.errors import JobError

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


def redrive(
    sqs: SQSClient,
    functions: LambdaClient,
    queue_url: str,
    function: str | None = None,
    now: Callable[[], float] = time.time,
) -> Iterator[Replayed]:
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

    Yields
    ------
    Replayed

    Raises
    ------
    JobError
        If a message does not name its function, and `function` does not either. It stays in the queue.
    """
    started_ms = now() * 1000
    while True:
        answer = sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        messages = [
            m for m in answer.get("Messages", []) if int(m["Attributes"]["SentTimestamp"]) <= started_ms
        ]
        if not messages:
            return
        for message in messages:
            target, payload, reason = _read(message, function)
            functions.invoke(
                FunctionName=target, InvocationType="Event", Payload=json.dumps(payload).encode()
            )
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            yield Replayed(target, reason)


def _read(message: MessageTypeDef, function: str | None) -> tuple[str, object, str]:
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = None
    match body:
        case {"requestContext": {"functionArn": str(arn)}, "requestPayload": payload}:
            return function or arn.removesuffix(":$LATEST"), payload, _reason(body)
    if function is None or body is None:
        raise JobError(
            f"Message {message['MessageId']} is not from Lambda's failure destination and stays in the "
            "queue. If it is an event all the same, name the function with --function."
        )
    return function, body, ""


def _reason(body: dict[str, object]) -> str:
    match body:
        case {"responsePayload": {"errorMessage": str(text)}}:
            return text
        case {"requestContext": {"condition": str(text)}}:
            return text
    return ""

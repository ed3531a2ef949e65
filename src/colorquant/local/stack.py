"""S3 and SQS emulated in this process, driving the real handler with S3's own events."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.request import Request, urlopen
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer

from colorquant.aws import handler
from colorquant.aws.outputs import image_file
from colorquant.aws.store import shared_store
from colorquant.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

INPUT_BUCKET = "colorquant-input"
OUTPUT_BUCKET = "colorquant-output"
QUEUE = "colorquant-uploads"
REGION = "us-east-1"


@dataclass
class LocalContext:
    """What Lambda tells a function about its invocation, as far as the handler and its logger read it."""

    function_name: str = "colorquant-local"
    memory_limit_in_mb: int = 2048
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:000000000000:function:colorquant-local"
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        """Nobody stops the function here; this is Lambda's longest timeout."""
        return 900_000


@dataclass(frozen=True)
class LocalStack:
    """Two buckets, a queue between them, and the handler behind it. Made by `local_stack`.

    Attributes
    ----------
    s3 : S3 client
    endpoint : str
        Where the emulator answers, for other programs of this machine.
    """

    s3: S3Client
    endpoint: str
    _sqs: SQSClient
    _queue_url: str

    def upload(self, key: str, data: bytes, **metadata: str) -> None:
        """Put an object into the input bucket, which notifies the queue.

        Parameters
        ----------
        key : str
        data : bytes
        **metadata
            As an uploader gives them, with underscores for hyphens.
        """
        named = {name.replace("_", "-"): text for name, text in metadata.items()}
        self.s3.put_object(Bucket=INPUT_BUCKET, Key=key, Body=data, Metadata=named)

    def deliver(self) -> list[dict[str, Any]]:
        """Hand each waiting event to the handler, as Lambda would, until the queue is empty.

        Returns
        -------
        list of dict
            What became of each object. An event that failed is back in the queue when its error is raised.
        """
        results: list[dict[str, Any]] = []
        while messages := self._sqs.receive_message(QueueUrl=self._queue_url).get("Messages"):
            for message in messages:
                event = json.loads(message["Body"])
                # EventBridge's event is as it would come from the bus, S3's as it would come by itself.
                results += handler.on_object_created(event, LocalContext())["results"]
                self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
        return results

    def forget(self, key: str) -> None:
        """Delete an image's result, so that its next delivery makes it again.

        Parameters
        ----------
        key : str
            The input's.
        """
        self.s3.delete_object(
            Bucket=OUTPUT_BUCKET, Key=key + image_file(Settings.from_environment(os.environ)).suffix
        )

    def outputs(self) -> dict[str, bytes]:
        """Read everything in the output bucket, by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=OUTPUT_BUCKET)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key: self.s3.get_object(Bucket=OUTPUT_BUCKET, Key=key)["Body"].read() for key in keys}

    def save_outputs(self, folder: Path) -> list[Path]:
        """Copy the output bucket into a folder.

        Parameters
        ----------
        folder : Path
            Made if it is not there.

        Returns
        -------
        list of Path
            A slash in a key becomes ``%2F``, so that no key leaves the folder.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for key, data in self.outputs().items():
            path = folder / key.replace("/", "%2F")
            path.write_bytes(data)
            paths.append(path)
        return paths


@contextmanager
def local_stack(*, existing_buckets: bool = False) -> Iterator[LocalStack]:
    """Start the emulator on a free port of this machine, and stop it at the end.

    While it runs, this process's AWS settings point at the emulator.

    Parameters
    ----------
    existing_buckets : bool
        Whether events come as from a bucket that was there before the service: through EventBridge, by a rule
        with the bucket's name, beside a notification of the bucket's own.
    """
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    # The emulator's web server logs each request to the standard error as if it were news.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "OUTPUT_BUCKET": OUTPUT_BUCKET,
    }
    try:
        with patch.dict(os.environ, environment):
            # A store made before points elsewhere, and the emulator keeps what the one before it held.
            shared_store.cache_clear()
            with urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")):  # noqa: S310 - this machine's own
                pass
            yield _furnish(endpoint, _by_a_rule if existing_buckets else _by_a_notification)
    finally:
        shared_store.cache_clear()
        server.stop()


def _furnish(endpoint: str, connect: Callable[[S3Client, str], None]) -> LocalStack:
    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    for bucket in (INPUT_BUCKET, OUTPUT_BUCKET):
        s3.create_bucket(Bucket=bucket)
    url = sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    connect(s3, arn)
    return LocalStack(s3, endpoint, sqs, url)


def _by_a_notification(s3: S3Client, arn: str) -> None:
    s3.put_bucket_notification_configuration(
        Bucket=INPUT_BUCKET,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )


def _by_a_rule(s3: S3Client, arn: str) -> None:
    s3.put_bucket_notification_configuration(
        Bucket=INPUT_BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    events = boto3.client("events")
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created", "Object Restore Completed"],
        "detail": {"bucket": {"name": [INPUT_BUCKET]}},
    }
    events.put_rule(Name=QUEUE, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=QUEUE, Targets=[{"Id": "queue", "Arn": arn}])

"""`make smoke`: upload an image and something that is none to a deployed stack, and wait for the results."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
import numpy as np
from botocore.exceptions import BotoCoreError, ClientError
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

# deploy/pipeline.yml allows the workflow this folder and no other.
PREFIX = "smoke-test"
SIDE = 64
POLL_SECONDS = 1.0


class SmokeError(Exception):
    """The stack does not do its work; the message says what is missing."""


@dataclass(frozen=True)
class Buckets:
    """Where a stack takes uploads and where it leaves results."""

    client: S3Client
    incoming: str
    outgoing: str

    @contextlib.contextmanager
    def uploaded(self, name: str, body: bytes, endings: tuple[str, ...]) -> Iterator[str]:
        """Have an object in the input bucket, and take it and what was made of it away again."""
        key = f"{PREFIX}/{uuid.uuid4()}/{name}"
        self.client.put_object(Bucket=self.incoming, Key=key, Body=body)
        try:
            yield key
        finally:
            self.client.delete_object(Bucket=self.incoming, Key=key)
            for ending in endings:
                self.client.delete_object(Bucket=self.outgoing, Key=key + ending)

    def wait_for(self, key: str, seconds: float) -> bytes:
        """Read an object of the output bucket as soon as it is there."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with self.client.get_object(Bucket=self.outgoing, Key=key)["Body"] as body:
                    return body.read()
            except self.client.exceptions.NoSuchKey:
                if time.monotonic() > deadline:
                    raise SmokeError(
                        f"{key} did not appear in {self.outgoing} within {seconds:g} s."
                    ) from None
            time.sleep(min(POLL_SECONDS, seconds))


def picture() -> bytes:
    """Draw a PNG of 4096 colors, so that there is something to reduce."""
    ramp = np.linspace(0, 255, SIDE, dtype=np.uint8)
    red, green = np.meshgrid(ramp, ramp)
    drawn = io.BytesIO()
    Image.fromarray(np.dstack([red, green, 255 - red])).save(drawn, "PNG")
    return drawn.getvalue()


def check_image(buckets: Buckets, seconds: float) -> str:
    """An image comes back in few colors, with its palette beside it."""
    endings = (".quantized.png", ".palette.json")
    with buckets.uploaded("gradient.png", picture(), endings) as key:
        png, palette = (buckets.wait_for(key + ending, seconds) for ending in endings)
    result = Image.open(io.BytesIO(png))
    used, told = len(result.getcolors(256) or ()), json.loads(palette)["colors"]
    if (result.size, used) != ((SIDE, SIDE), told):
        raise SmokeError(f"{key} came back as {result.size} in {used} colors; its palette tells of {told}.")
    return f"An image came back in {used} colors."


def check_rejection(buckets: Buckets, seconds: float) -> str:
    """What is no image comes back as an explanation."""
    endings = (".error.json",)
    with buckets.uploaded("notes.png", b"These are not the bytes of an image.", endings) as key:
        explanation = json.loads(buckets.wait_for(key + endings[0], seconds))
    if not explanation.get("message"):
        raise SmokeError(f"{key} was rejected without a word: {explanation}.")
    return f"What is no image was explained: {explanation['message']}"


def buckets_of(stack: str) -> tuple[str, str]:
    """Read the names of a stack's buckets from its outputs."""
    (described,) = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    return outputs["InputBucketName"], outputs["OutputBucketName"]


def main(arguments: list[str]) -> None:
    """Read the command line, run both checks, and end with 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", help="name of the deployed stack, which knows its buckets")
    parser.add_argument("--input-bucket", help="instead of --stack, with --output-bucket")
    parser.add_argument("--output-bucket")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long to wait for each result")
    asked = parser.parse_args(arguments)
    if not asked.stack and not (asked.input_bucket and asked.output_bucket):
        parser.error("name the stack, or both buckets")
    try:
        names = buckets_of(asked.stack) if asked.stack else (asked.input_bucket, asked.output_bucket)
        buckets = Buckets(boto3.client("s3"), *names)
        for check in (check_image, check_rejection):
            print(check(buckets, asked.seconds))
    except (SmokeError, ClientError, BotoCoreError) as error:
        sys.exit(f"The smoke test failed: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])

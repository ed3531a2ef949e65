"""Uploads an image, and something that is not one, and waits for what the service makes of them.

Run on a schedule it finds out what no alarm can: that nothing happens at all. `make smoke` does the same.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import numpy as np
from aws_lambda_powertools.utilities.typing import LambdaContext
from PIL import Image

from colorquant.aws.errors import CanaryError
from colorquant.aws.observability import logger
from colorquant.aws.outputs import ERROR, IMAGES, PALETTE, OutputFile

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# deploy/pipeline.yml allows the workflow this folder and no other.
FOLDER = "smoke-test"
SIDE = 64
POLL_SECONDS = 1.0
NOT_AN_IMAGE = b"These are not the bytes of an image."


@dataclass(frozen=True)
class Place:
    """Where a deployment takes uploads and leaves results.

    Attributes
    ----------
    client : S3 client
    incoming, outgoing : str
        The buckets.
    prefix, suffix : str
        How keys begin and end that the deployment hears of; empty for any.
    announce : callable
        Tells the deployment of an upload, by its key, where its bucket does not.
    """

    client: S3Client
    incoming: str
    outgoing: str
    prefix: str = ""
    suffix: str = ""
    announce: Callable[[str], None] = lambda _key: None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Place:
        """Read it from the function's variables."""
        return cls(
            boto3.client("s3"),
            environment["INPUT_BUCKET"],
            environment["OUTPUT_BUCKET"],
            environment.get("KEY_PREFIX", ""),
            environment.get("KEY_SUFFIX", ""),
        )

    @contextlib.contextmanager
    def uploaded(self, name: str, body: bytes) -> Iterator[str]:
        """Have an object in the input bucket, and take it and all that was made of it away again."""
        key = f"{self.prefix}{FOLDER}/{uuid.uuid4()}/{name}{self.suffix}"
        self.client.put_object(Bucket=self.incoming, Key=key, Body=body)
        try:
            self.announce(key)
            yield key
        finally:
            self.client.delete_object(Bucket=self.incoming, Key=key)
            made = self.client.list_objects_v2(Bucket=self.outgoing, Prefix=f"{key}.").get("Contents", [])
            for entry in made:
                self.client.delete_object(Bucket=self.outgoing, Key=entry["Key"])

    def read(self, key: str, file: OutputFile) -> bytes | None:
        """Read a result; None if it is not there."""
        try:
            with self.client.get_object(Bucket=self.outgoing, Key=key + file.suffix)["Body"] as body:
                return body.read()
        except self.client.exceptions.NoSuchKey:
            return None

    def wait_for(self, key: str, files: tuple[OutputFile, ...], seconds: float) -> bytes:
        """Read whichever of the results is there first.

        Raises
        ------
        CanaryError
            If none appears in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            for file in files:
                body = self.read(key, file)
                if body is not None:
                    return body
            if time.monotonic() > deadline:
                names = " or ".join(file.suffix for file in files)
                raise CanaryError(f"{key} has no {names} in {self.outgoing} after {seconds:g} s.")
            time.sleep(min(POLL_SECONDS, seconds))


def picture() -> bytes:
    """Draw a PNG of 4096 colors, so that there is something to reduce."""
    ramp = np.linspace(0, 255, SIDE, dtype=np.uint8)
    red, green = np.meshgrid(ramp, ramp)
    drawn = io.BytesIO()
    Image.fromarray(np.dstack([red, green, 255 - red])).save(drawn, "PNG")
    return drawn.getvalue()


def check_image(place: Place, seconds: float) -> str:
    """See that an image comes back in few colors, and its palette with it if there is one."""
    with place.uploaded("gradient.png", picture()) as key:
        encoded = place.wait_for(key, IMAGES, seconds)
        # Written before the image, so that it is there by now or not at all.
        palette = place.read(key, PALETTE)
    image = Image.open(io.BytesIO(encoded)).convert("RGB")
    used = len(image.getcolors(SIDE * SIDE) or ())
    told = json.loads(palette)["colors"] if palette else used
    if image.size != (SIDE, SIDE) or used > 256 or told != used:
        raise CanaryError(f"{key} came back as {image.size} in {used} colors; its palette has {told}.")
    return f"An image came back in {used} colors."


def check_rejection(place: Place, seconds: float) -> str:
    """See that a text file comes back as an explanation."""
    with place.uploaded("notes.png", NOT_AN_IMAGE) as key:
        explanation = json.loads(place.wait_for(key, (ERROR,), seconds))
    if not explanation.get("message"):
        raise CanaryError(f"{key} was rejected without a word: {explanation}.")
    return f"A text file was rejected, as it should be: {explanation['message']}"


CHECKS = (check_image, check_rejection)


@logger.inject_lambda_context
def on_schedule(_event: dict[str, Any], context: LambdaContext) -> list[str]:
    """Run every check; a failed one is an error of the function, which its alarm counts.

    Raises
    ------
    CanaryError
        If the service does not do its work.
    """
    place = Place.from_environment(os.environ)
    # Half of the time for each check, and a second to clean up.
    seconds = max((context.get_remaining_time_in_millis() / 1000 - 2) / len(CHECKS), 0)
    return [check(place, seconds) for check in CHECKS]

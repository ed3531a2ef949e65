"""`make smoke`: upload an image and a text file to a deployed stack, and wait for the results."""

from __future__ import annotations

import argparse
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from colorquant.aws.canary import CHECKS, Place
from colorquant.cli.aws import output_of, stack_outputs
from colorquant.errors import ColorquantError


def place_of(stack: str) -> Place:
    """Read where a stack takes uploads from its outputs."""
    outputs = stack_outputs(stack)
    return Place(
        boto3.client("s3"),
        output_of(outputs, "InputBucketName", stack),
        output_of(outputs, "OutputBucketName", stack),
        outputs.get("KeyPrefix", ""),
        outputs.get("KeySuffix", ""),
    )


def main(arguments: list[str]) -> None:
    """Read the command line, run the checks, and end with 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", help="name of the deployed stack, which knows its buckets")
    parser.add_argument("--input-bucket", help="instead of --stack, with --output-bucket")
    parser.add_argument("--output-bucket")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long to wait for each result")
    asked = parser.parse_args(arguments)
    if not asked.stack and not (asked.input_bucket and asked.output_bucket):
        parser.error("name the stack, or both buckets")
    try:
        place = (
            place_of(asked.stack)
            if asked.stack
            else Place(boto3.client("s3"), asked.input_bucket, asked.output_bucket)
        )
        for check in CHECKS:
            print(check(place, asked.seconds))
    except (ColorquantError, ClientError, BotoCoreError) as error:
        sys.exit(f"The smoke test failed: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])

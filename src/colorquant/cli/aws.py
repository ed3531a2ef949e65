"""What the commands that talk to AWS share: clients, a stack's outputs, and errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import click

from colorquant.errors import ColorquantError
from colorquant.operate.errors import JobError


def client(service: Literal["cloudformation", "lambda", "s3control", "sqs"]) -> Any:
    """Make a client of an AWS service, for the region and with the credentials of the environment.

    Parameters
    ----------
    service : str
        Its name in boto3.
    """
    try:
        import boto3  # noqa: PLC0415 - the library and the other commands do without
    except ModuleNotFoundError:
        raise click.ClickException("This command needs boto3: pip install 'colorquant[lambda]'") from None
    return boto3.client(service)


def stack_outputs(stack: str) -> dict[str, str]:
    """Read what a deployed stack says of itself.

    Parameters
    ----------
    stack : str
        Its name in CloudFormation.
    """
    [described] = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def output_of(outputs: dict[str, str], name: str, stack: str) -> str:
    """Take one of a stack's outputs.

    Parameters
    ----------
    outputs : dict of str to str
        As from `stack_outputs`.
    name : str
    stack : str
        For the message.

    Raises
    ------
    JobError
        If the stack has no such output.
    """
    if name not in outputs:
        raise JobError(
            f"The stack {stack} has no output {name}. Deploy it again with this release's template."
        )
    return outputs[name]


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what AWS and colorquant raise into a sentence and the exit code 1."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see `client`
    except ModuleNotFoundError:
        raise click.ClickException("This command needs boto3: pip install 'colorquant[lambda]'") from None
    try:
        yield
    except (ColorquantError, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from error

"""Tries a new version before any upload reaches it: CodeDeploy calls this, and waits for its word.

The version is called with the news of an image in a bucket that notifies nobody, so that the version that is
live knows nothing of it.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote_plus

import boto3
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from colorquant.aws.canary import CHECKS, Place
from colorquant.aws.errors import CanaryError
from colorquant.aws.observability import logger

# Three tries of each check's one call end within the function's 300 s. A version's first call also loads its
# image, which takes seconds.
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=40
)
LONGEST_SHOWN = 1000


@logger.inject_lambda_context
def before_traffic(event: dict[str, Any], _context: LambdaContext) -> None:
    """Tell CodeDeploy whether the new version does its work.

    Parameters
    ----------
    event : dict
        Of CodeDeploy, with ``DeploymentId`` and ``LifecycleEventHookExecutionId``.
    """
    status = "Succeeded"
    try:
        for check in CHECKS:
            # The call has ended, so that there is nothing to wait for.
            logger.info(check(_place(), 0))
    except Exception:  # noqa: BLE001 - whatever it was, CodeDeploy would wait an hour for its answer
        logger.exception("The new version does not do its work. No upload reached it.")
        status = "Failed"
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )


def _place() -> Place:
    bucket = os.environ["TRIAL_BUCKET"]
    return Place(
        boto3.client("s3"),
        bucket,
        os.environ["OUTPUT_BUCKET"],
        announce=lambda key: _call(os.environ["NEW_VERSION"], bucket, key),
    )


def _call(version: str, bucket: str, key: str) -> None:
    upload = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key)}}
    event = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": upload}]}
    answer = boto3.client("lambda", config=CLIENT_CONFIG).invoke(
        FunctionName=version, Payload=json.dumps(event)
    )
    if "FunctionError" in answer:
        told = answer["Payload"].read(LONGEST_SHOWN).decode(errors="replace")
        raise CanaryError(f"{version} failed: {told}")

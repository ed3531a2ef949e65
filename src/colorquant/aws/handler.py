"""What Lambda calls."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from colorquant.aws.events import uploaded_objects
from colorquant.aws.observability import logger, metrics
from colorquant.aws.processing import Outcome, process
from colorquant.aws.store import Store
from colorquant.errors import SettingsError
from colorquant.settings import Settings


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def on_object_created(event: dict[str, Any], context: LambdaContext) -> dict[str, list[Outcome]]:  # noqa: ARG001
    """Quantize the images that an S3 notification names.

    Parameters
    ----------
    event : dict
        An S3 event notification.
    context : LambdaContext

    Returns
    -------
    dict
        ``results``: what became of each object, see `colorquant.aws.processing.process`.

    Raises
    ------
    Exception
        If an object failed in a way that another try may mend. The others of the event are done by then.
    """
    metrics.add_metric("Events", MetricUnit.Count, 1)
    settings = Settings.from_environment(os.environ)
    results, failures = [], []
    for uploaded in uploaded_objects(event):
        try:
            results.append(process(uploaded, store(), settings))
        except Exception as error:  # noqa: BLE001 - raised again when the event's other objects are done
            logger.exception(
                "This object failed and Lambda will try it again.",
                extra={"bucket": uploaded.bucket, "key": uploaded.key, "outcome": "failed"},
            )
            failures.append(error)
    if failures:
        raise failures[0]
    return {"results": results}


@cache
def store() -> Store:
    """Make the store that this process keeps, so that its connections to S3 stay open between events."""
    bucket = os.environ.get("OUTPUT_BUCKET", "")
    if not bucket:
        raise SettingsError("OUTPUT_BUCKET is not set. Name the bucket that results go to.")
    return Store(boto3.client("s3"), bucket)

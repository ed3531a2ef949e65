"""What S3 Batch Operations calls for each image that was in the bucket before the service was."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.typing import LambdaContext

from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import EventError
from colorquant.aws.events import UploadedObject
from colorquant.aws.observability import count, logger, metrics
from colorquant.aws.processing import failure_sentence, process
from colorquant.aws.store import shared_store

SCHEMAS = ("1.0", "2.0")
# A rejection is explained where the result would be, so the task is done. S3 ends a job in which half of the
# tasks fail, and many buckets hold more than images.
RESULT_CODES = {
    "quantized": "Succeeded",
    "skipped": "Succeeded",
    "removed": "Succeeded",
    "rejected": "Succeeded",
    "refused": "PermanentFailure",
}


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def on_batch_task(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Quantize the object of each task.

    Parameters
    ----------
    event : dict
        Of S3 Batch Operations, invocation schema 1.0 or 2.0.
    context : LambdaContext

    Returns
    -------
    dict
        For each task ``Succeeded``, ``TemporaryFailure`` (S3 tries again) or ``PermanentFailure``, with a
        sentence that S3 puts into the job's report.

    Raises
    ------
    EventError
        If the event is not of S3 Batch Operations.
    """
    count("Events")
    schema, tasks = event.get("invocationSchemaVersion"), event.get("tasks")
    if schema not in SCHEMAS or not isinstance(tasks, list):
        raise EventError(
            "This is not an event of S3 Batch Operations in schema 1.0 or 2.0: it has the keys "
            f"{', '.join(sorted(event))}."
        )
    deadline = Deadline(context.get_remaining_time_in_millis)
    return {
        "invocationSchemaVersion": schema,
        "treatMissingKeysAs": "PermanentFailure",
        "invocationId": event.get("invocationId"),
        "results": [_answer(task, deadline) for task in tasks],
    }


def _answer(task: dict[str, Any], deadline: Deadline) -> dict[str, str]:
    try:
        outcome = process(_uploaded(task), shared_store(), deadline)
    except Exception as error:  # noqa: BLE001 - logged where it happened; S3 reports the sentence and tries again
        code, sentence = "TemporaryFailure", failure_sentence(error)
    else:
        code, sentence = RESULT_CODES[outcome["outcome"]], outcome["message"]
    return {"taskId": task["taskId"], "resultCode": code, "resultString": sentence}


def _uploaded(task: dict[str, Any]) -> UploadedObject:
    # Schema 2.0 names the bucket, schema 1.0 its ARN; both encode the key like a form field.
    bucket = task.get("s3Bucket") or task["s3BucketArn"].rsplit(":", 1)[-1]
    return UploadedObject(bucket, unquote_plus(task["s3Key"]), task.get("s3VersionId") or "")

"""What Lambda calls when there is news of an upload."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import EventError
from colorquant.aws.events import queue_messages, uploaded_objects
from colorquant.aws.observability import count, logger, metrics
from colorquant.aws.processing import Outcome, process
from colorquant.aws.store import shared_store
from colorquant.errors import SettingsError


@logger.inject_lambda_context
@metrics.log_metrics(capture_cold_start_metric=True)
def on_object_created(event: dict[str, Any], context: LambdaContext) -> dict[str, list[Any]]:
    """Quantize the images that an event names.

    Parameters
    ----------
    event : dict
        Any envelope that `colorquant.aws.events.uploaded_objects` reads.
    context : LambdaContext

    Returns
    -------
    dict
        ``results``: what became of each object, see `colorquant.aws.processing.process`. For an SQS batch
        also ``batchItemFailures``: the messages that SQS should deliver again.

    Raises
    ------
    Exception
        If an object failed in a way that another try may mend, or the event is unknown, unless SQS is told
        by ``batchItemFailures``. The others of the event are done by then.
    """
    count("Events")
    deadline = Deadline(context.get_remaining_time_in_millis)
    messages = queue_messages(event)
    if messages is None:
        results, failures = _process_all(event, deadline)
        if failures:
            raise failures[0]
        return {"results": results}
    done: list[Outcome] = []
    failed = []
    for message_id, message in messages:
        results, failures = _process_all(message, deadline)
        done += results
        if failures:
            failed.append({"itemIdentifier": message_id})
    return {"results": done, "batchItemFailures": failed}


def _process_all(event: dict[str, Any], deadline: Deadline) -> tuple[list[Outcome], list[Exception]]:
    try:
        uploads, store = uploaded_objects(event), shared_store()
    except (EventError, SettingsError) as error:
        count("Failed")
        logger.error(str(error), extra={"outcome": "failed"})
        return [], [error]
    results: list[Outcome] = []
    failures: list[Exception] = []
    for uploaded in uploads:
        try:
            results.append(process(uploaded, store, deadline))
        except Exception as error:  # noqa: BLE001 - logged; raised when the others are done
            failures.append(error)
    return results, failures

"""One uploaded object, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from colorquant.aws.configuration import KEEP
from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import ForbiddenError
from colorquant.aws.events import UploadedObject
from colorquant.aws.newest import Finding, Made, Standing, settle
from colorquant.aws.observability import count, count_rejected, logger, measure_result
from colorquant.aws.outputs import ERROR, image_file, output_name
from colorquant.aws.store import Store
from colorquant.errors import ColorquantError
from colorquant.result import Quantized
from colorquant.stopwatch import Stopwatch

Outcome = dict[str, Any]


def process(uploaded: UploadedObject, store: Store, deadline: Deadline) -> Outcome:
    """See to an uploaded image, log it and count it.

    Returns
    -------
    dict
        ``bucket``, ``key``, ``version``, ``outcome`` and ``message``, a sentence. None of the outcomes gets
        better by trying again:

        - ``"quantized"``, with ``output``, ``colors`` and ``larger``, which is true where the output has more
          bytes than the input;
        - ``"skipped"``, where there was nothing to do, with ``output`` if that is a result from before;
        - ``"rejected"``, with ``output``, which explains, and ``reason``;
        - ``"removed"``, where the upload was deleted and its results with it;
        - ``"refused"``, where the result would start the function again.

    Raises
    ------
    Exception
        Whatever else happens, logged and counted. Trying again may help, so that Lambda should.
    """
    try:
        if uploaded.bucket == store.configuration.output_bucket:
            return _refuse(uploaded)
        if uploaded.deleted and store.configuration.stale_results == KEEP:
            return _skip(uploaded, "It was deleted, and results are kept.")
        watch = Stopwatch()
        settled = settle(uploaded, store, deadline, watch)
    except Exception as error:
        count("Failed")
        if isinstance(error, ForbiddenError):
            count("Forbidden")
        reason = getattr(error, "reason", type(error).__name__)
        logger.exception(failure_sentence(error), extra=_outcome(uploaded, "failed", reason=reason))
        raise
    if isinstance(settled, Standing):
        return _pass_over(uploaded, settled)
    if isinstance(settled.answer, Quantized):
        return _report_result(uploaded, settled, settled.answer, watch)
    if settled.bodies:
        return _report_rejection(uploaded, settled.answer)
    return _report_removal(uploaded)


def failure_sentence(error: Exception) -> str:
    """Say what failed, for the log and the backfill's report."""
    if isinstance(error, MemoryError):
        lack = error or "There is not enough memory."
        return f"{lack} Raise the function's MemorySize, then replay the event."
    if isinstance(error, ColorquantError):
        return str(error)
    return f"{type(error).__name__}: {error}. Trying again may help."


def _refuse(uploaded: UploadedObject) -> Outcome:
    count("Refused")
    message = (
        f"The input and the output bucket are both {uploaded.bucket}. Each result would start the "
        "function again, without end. Give OUTPUT_BUCKET a bucket of its own."
    )
    return _log(logger.error, _outcome(uploaded, "refused", message=message))


def _pass_over(uploaded: UploadedObject, standing: Standing) -> Outcome:
    if standing.finding is Finding.EXPLAINED:
        count("Skipped")
        message = standing.finding.value.format(reason=standing.reason)
        return _log(logger.info, _rejection(uploaded, standing.reason, message))
    if standing.finding is Finding.FOLDER:
        count("Folders")
    if standing.finding is Finding.DONE:
        output = output_name(uploaded.key, image_file(standing.settings))
        return _skip(uploaded, standing.finding.value, output=output)
    return _skip(uploaded, standing.finding.value)


def _skip(uploaded: UploadedObject, message: str, **more: str) -> Outcome:
    count("Skipped")
    return _log(logger.info, _outcome(uploaded, "skipped", message=message, **more))


def _report_removal(uploaded: UploadedObject) -> Outcome:
    count("Removed")
    message = "The upload was deleted, and its results were removed."
    return _log(logger.info, _outcome(uploaded, "removed", message=message))


def _report_rejection(uploaded: UploadedObject, error: ColorquantError) -> Outcome:
    count_rejected(error.reason)
    return _log(logger.warning, _rejection(uploaded, error.reason, str(error)))


def _report_result(uploaded: UploadedObject, made: Made, result: Quantized, watch: Stopwatch) -> Outcome:
    timings_ms = result.timings_ms | watch.spent_ms
    measure_result(result, timings_ms, made.bytes_in, sum(len(body) for body, _ in made.bodies.values()))
    outcome = _outcome(
        uploaded,
        "quantized",
        output=output_name(uploaded.key, image_file(result.settings)),
        colors=result.colors,
        larger=result.larger,
        message=result.verdict,
    )
    return _log(logger.info, outcome, timings_ms=timings_ms, source=result.source)


def _rejection(uploaded: UploadedObject, reason: str, message: str) -> Outcome:
    output = output_name(uploaded.key, ERROR)
    return _outcome(uploaded, "rejected", output=output, reason=reason, message=message)


def _outcome(uploaded: UploadedObject, outcome: str, **more: Any) -> Outcome:
    about = {"bucket": uploaded.bucket, "key": uploaded.key, "version": uploaded.version}
    return about | {"outcome": outcome} | more


def _log(write: Callable[..., None], outcome: Outcome, **more: Any) -> Outcome:
    # The message is the line's own; the logger refuses it a second time.
    extra = {name: value for name, value in outcome.items() if name != "message"} | more
    write(outcome["message"], extra=extra, stacklevel=3)
    return outcome

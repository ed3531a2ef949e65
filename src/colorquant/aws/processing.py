"""One uploaded object, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import ForbiddenError
from colorquant.aws.events import UploadedObject
from colorquant.aws.newest import Made, Standing, settle
from colorquant.aws.observability import count, count_rejected, logger, measure_result
from colorquant.aws.outputs import ERROR, image_file
from colorquant.aws.store import Store
from colorquant.errors import ColorquantError
from colorquant.result import Quantized
from colorquant.settings import Settings
from colorquant.stopwatch import Stopwatch

Outcome = dict[str, Any]


def process(uploaded: UploadedObject, store: Store, settings: Settings, deadline: Deadline) -> Outcome:
    """See to an uploaded image, log it and count it.

    Parameters
    ----------
    uploaded : UploadedObject
    store : Store
    settings : Settings
    deadline : Deadline

    Returns
    -------
    dict
        ``bucket``, ``key``, ``version``, ``outcome`` and ``message``, a sentence. None of the outcomes gets
        better by trying again:

        - ``"quantized"``, with ``output`` and ``colors``;
        - ``"skipped"``, with ``output``, which was made from this upload with these settings before;
        - ``"rejected"``, with ``output``, which explains, and ``reason``;
        - ``"refused"``, where the result would start the function again.

    Raises
    ------
    Exception
        Whatever else happens, logged and counted. Trying again may help, so that Lambda should.
    """
    try:
        if uploaded.bucket == store.output_bucket:
            return _refuse(uploaded)
        watch = Stopwatch()
        settled = settle(uploaded, store, settings, deadline, watch)
    except Exception as error:
        count("Failed")
        if isinstance(error, ForbiddenError):
            count("Forbidden")
        logger.exception(failure_sentence(error), extra=_outcome(uploaded, "failed"))
        raise
    if isinstance(settled, Standing):
        return _pass_over(uploaded, settled, settings)
    if isinstance(settled.answer, Quantized):
        return _report_result(uploaded, settled, settled.answer, watch)
    return _report_rejection(uploaded, settled.answer)


def failure_sentence(error: Exception) -> str:
    """Say what failed, for the log and the backfill's report.

    Parameters
    ----------
    error : Exception
    """
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


def _pass_over(uploaded: UploadedObject, standing: Standing, settings: Settings) -> Outcome:
    count("Skipped")
    if standing.reason:
        outcome = _rejection(uploaded, standing.reason, f"It was rejected before: {standing.reason}.")
    else:
        outcome = _outcome(
            uploaded,
            "skipped",
            output=uploaded.key + image_file(settings).suffix,
            message="Its result is there already, from the same upload and the same settings.",
        )
    return _log(logger.info, outcome)


def _report_rejection(uploaded: UploadedObject, error: ColorquantError) -> Outcome:
    count_rejected(error.reason)
    return _log(logger.warning, _rejection(uploaded, error.reason, str(error)))


def _report_result(uploaded: UploadedObject, made: Made, result: Quantized, watch: Stopwatch) -> Outcome:
    timings_ms = result.timings_ms | watch.spent_ms
    measure_result(result, timings_ms, made.bytes_in, sum(map(len, made.bodies.values())))
    outcome = _outcome(
        uploaded,
        "quantized",
        output=uploaded.key + image_file(result.settings).suffix,
        colors=result.colors,
        message=result.verdict,
    )
    return _log(logger.info, outcome, timings_ms=timings_ms, source=result.source)


def _rejection(uploaded: UploadedObject, reason: str, message: str) -> Outcome:
    output = uploaded.key + ERROR.suffix
    return _outcome(uploaded, "rejected", output=output, reason=reason, message=message)


def _outcome(uploaded: UploadedObject, outcome: str, **more: Any) -> Outcome:
    about = {"bucket": uploaded.bucket, "key": uploaded.key, "version": uploaded.version}
    return about | {"outcome": outcome} | more


def _log(write: Callable[..., None], outcome: Outcome, **more: Any) -> Outcome:
    # The message is the line's own; the logger refuses it a second time.
    extra = {name: value for name, value in outcome.items() if name != "message"} | more
    write(outcome["message"], extra=extra, stacklevel=3)
    return outcome

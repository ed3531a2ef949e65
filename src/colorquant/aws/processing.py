"""One uploaded object, from reading it to saying what became of it."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from colorquant.aws.events import UploadedObject
from colorquant.aws.observability import NAMESPACE, SERVICE, logger, metrics
from colorquant.aws.store import Store
from colorquant.errors import ImageError, ObjectGoneError
from colorquant.pipeline import quantize
from colorquant.settings import Settings
from colorquant.stopwatch import Stopwatch

Outcome = dict[str, Any]


def process(uploaded: UploadedObject, store: Store, settings: Settings) -> Outcome:
    """Quantize one uploaded image.

    Parameters
    ----------
    uploaded : UploadedObject
    store : Store
    settings : Settings

    Returns
    -------
    dict
        ``bucket``, ``key`` and ``outcome``: ``"quantized"`` (with ``output`` and ``colors``),
        ``"rejected"`` (with ``output``, ``reason`` and ``message``), ``"gone"`` or ``"refused"`` (with
        ``message``). None of these gets better by trying again.

    Raises
    ------
    Exception
        Whatever else happens. Trying again may help, so that Lambda should.
    """
    if uploaded.bucket == store.output_bucket:
        message = (
            f"The input and the output bucket are both {uploaded.bucket}. Each result would start the "
            "function again, without end. Give OUTPUT_BUCKET a bucket of its own."
        )
        metrics.add_metric("Refused", MetricUnit.Count, 1)
        logger.error(message, extra=_outcome(uploaded, "refused"))
        return _outcome(uploaded, "refused", message=message)
    watch = Stopwatch()
    try:
        with watch.time("read"):
            data = store.read(uploaded, settings)
        result = quantize(data, settings)
        with watch.time("encode"):
            png = result.to_png()
        with watch.time("write"):
            output = store.save_result(uploaded.key, result)
    except ObjectGoneError as error:
        metrics.add_metric("Gone", MetricUnit.Count, 1)
        logger.warning(str(error), extra=_outcome(uploaded, "gone"))
        return _outcome(uploaded, "gone", message=str(error))
    except ImageError as error:
        return _reject(uploaded, store, error)
    timings = result.timings_ms | watch.spent_ms
    _measure(timings, result.colors, len(data), len(png))
    outcome = _outcome(uploaded, "quantized", output=output, colors=result.colors)
    logger.info(result.verdict, extra=outcome | {"timings_ms": timings, "source": result.source})
    return outcome


def _reject(uploaded: UploadedObject, store: Store, error: ImageError) -> Outcome:
    output = store.save_error(uploaded, error)
    with single_metric("Rejected", MetricUnit.Count, 1, namespace=NAMESPACE) as metric:
        metric.add_dimension("service", SERVICE)
        metric.add_dimension("reason", error.reason)
    outcome = _outcome(uploaded, "rejected", output=output, reason=error.reason)
    logger.warning(str(error), extra=outcome)
    return outcome | {"message": str(error)}


def _measure(timings_ms: dict[str, float], colors: int, bytes_in: int, bytes_out: int) -> None:
    metrics.add_metric("Images", MetricUnit.Count, 1)
    metrics.add_metric("Colors", MetricUnit.Count, colors)
    metrics.add_metric("BytesIn", MetricUnit.Bytes, bytes_in)
    metrics.add_metric("BytesOut", MetricUnit.Bytes, bytes_out)
    metrics.add_metric("Duration", MetricUnit.Milliseconds, sum(timings_ms.values()))


def _outcome(uploaded: UploadedObject, outcome: str, **more: Any) -> Outcome:
    return {"bucket": uploaded.bucket, "key": uploaded.key, "outcome": outcome} | more

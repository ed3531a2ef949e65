"""The one logger and the one set of metrics, and what is counted.

Active tracing needs nothing here: Lambda times the invocation itself, and the logger writes the trace's ID
into every line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from colorquant.result import Quantized

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "colorquant")
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "colorquant")
MEGA = 1_000_000

logger = Logger(service=SERVICE)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


def count(name: str) -> None:
    """Add one to a metric.

    Parameters
    ----------
    name : str
        ``"Events"``, ``"Skipped"``, ``"Folders"``, ``"Removed"``, ``"Refused"``, ``"Failed"`` or
        ``"Forbidden"``.
    """
    metrics.add_metric(name, MetricUnit.Count, 1)


def count_rejected(reason: str) -> None:
    """Count an upload that cannot be processed, once in all and once by its reason.

    Parameters
    ----------
    reason : str
        The error's; the metric's second dimension.
    """
    count("Rejected")
    with single_metric("RejectedByReason", MetricUnit.Count, 1, namespace=NAMESPACE) as metric:
        metric.add_dimension("service", SERVICE)
        metric.add_dimension("reason", reason)


def measure_result(result: Quantized, timings_ms: Mapping[str, float], bytes_in: int, bytes_out: int) -> None:
    """Count an image, and what it was and cost.

    Parameters
    ----------
    result : Quantized
    timings_ms : mapping of str to float
        Milliseconds by stage; ``"decode"`` becomes the metric ``DecodeDuration``.
    bytes_in, bytes_out : int
        Of the upload, and of all that was written for it.
    """
    count("Images")
    metrics.add_metric("Colors", MetricUnit.Count, result.colors)
    metrics.add_metric("Megapixels", MetricUnit.NoUnit, result.indices.size / MEGA)
    metrics.add_metric("BytesIn", MetricUnit.Bytes, bytes_in)
    metrics.add_metric("BytesOut", MetricUnit.Bytes, bytes_out)
    metrics.add_metric("Duration", MetricUnit.Milliseconds, sum(timings_ms.values()))
    for stage, spent in timings_ms.items():
        metrics.add_metric(f"{stage.title()}Duration", MetricUnit.Milliseconds, spent)
    # None where the image kept its exact colors.
    for score in result.sweep:
        if score.colors == result.colors:
            metrics.add_metric("Score", MetricUnit.NoUnit, score.silhouette)

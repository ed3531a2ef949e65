"""The one logger and the one set of metrics."""

from __future__ import annotations

import os

from aws_lambda_powertools import Logger, Metrics

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "colorquant")
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "colorquant")

logger = Logger(service=SERVICE)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)

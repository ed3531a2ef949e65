"""What CloudFormation calls while it deploys: settings that cannot be end the deployment."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from colorquant.aws.configuration import Configuration
from colorquant.aws.observability import logger
from colorquant.errors import SettingsError

# An answer of CloudFormation's that is longer is refused.
LONGEST_REASON = 1000
ANSWER_SECONDS = 10


@logger.inject_lambda_context
def on_deployment(event: dict[str, Any], _context: LambdaContext) -> None:
    """Check the settings that the functions are about to get, and say when that was.

    Parameters
    ----------
    event : dict
        Of CloudFormation, about a custom resource. Its properties only tell when to ask again: what is
        checked are this function's own variables, which are those of the others.
    """
    status, reason, data = "SUCCESS", "", {}
    if event["RequestType"] != "Delete":
        try:
            Configuration.from_environment(os.environ)
            # Counts the deployments, and names the version that is published with these settings.
            data = {"At": str(int(time.time()))}
        except SettingsError as error:
            status, reason = "FAILED", str(error)
            logger.error(reason)
    _answer(
        event["ResponseURL"],
        {
            "Status": status,
            "Reason": reason[:LONGEST_REASON],
            "PhysicalResourceId": event.get("PhysicalResourceId", "settings"),
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "Data": data,
        },
    )


def _answer(url: str, answer: dict[str, Any]) -> None:
    request = urllib.request.Request(url, json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310 - CloudFormation's own address
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS):  # noqa: S310
        pass

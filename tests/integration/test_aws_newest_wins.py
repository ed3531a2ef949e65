"""Uploads, deletions, deliveries and deployments in every order: the newest upload wins.

COLORQUANT_RUNS sets the number of runs; 500 make a long one.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from moto import mock_aws

from tests.integration.schedules import NewestWins

RUNS = int(os.environ.get("COLORQUANT_RUNS", "25"))


@pytest.fixture(scope="module")
def s3():
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def test_the_newest_upload_wins_and_nothing_is_left_behind(s3: Any) -> None:
    machine = type("Machine", (NewestWins,), {"client": s3})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            # A failure is shown as it is: making it shorter takes minutes.
            phases=[Phase.generate],
        ),
    )
    assert machine.times_quiet >= RUNS

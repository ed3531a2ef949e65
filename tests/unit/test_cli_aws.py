"""The commands that talk to AWS, with botocore's Stubber in AWS's place."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import ANY, Stubber
from click.testing import CliRunner

from colorquant.cli import aws, main
from colorquant.operate import batch_job

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:colorquant-backfill"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/colorquant-backfill"
JOB = "3d2a1b0c-0000-4000-8000-000000000000"


@pytest.fixture
def stubs(monkeypatch):
    clients = {
        name: boto3.client(name, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        for name in ("cloudformation", "s3control")
    }
    monkeypatch.setattr(aws, "client", clients.get)
    # The command hides the module of its name.
    monkeypatch.setattr("colorquant.cli.backfill.client", clients.get)
    monkeypatch.setattr(batch_job, "POLL_SECONDS", 0)
    made = {name: Stubber(client) for name, client in clients.items()}
    for stub in made.values():
        stub.activate()
    yield made
    for stub in made.values():
        stub.assert_no_pending_responses()


def deployed(stubs) -> None:
    outputs = {"BackfillFunctionArn": FUNCTION, "BackfillRoleArn": ROLE, "BackfillBucketName": "reports"}
    stack = {
        "StackName": "colorquant",
        "CreationTime": "2026-01-01",
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
    }
    stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "colorquant"})


def created(stubs, **wanted) -> None:
    manifest = {
        "ExpectedBucketOwner": ACCOUNT,
        "SourceBucket": "arn:aws:s3:::photos",
        "EnableManifestOutput": False,
    }
    if wanted:
        manifest["Filter"] = wanted
    expected = {
        "AccountId": ACCOUNT,
        "ConfirmationRequired": True,
        "Operation": {"LambdaInvoke": {"FunctionArn": FUNCTION, "InvocationSchemaVersion": "2.0"}},
        "Report": {
            "Enabled": True,
            "Bucket": "arn:aws:s3:::reports",
            "Format": "Report_CSV_20180820",
            "Prefix": "backfill-reports",
            "ReportScope": "AllTasks",
        },
        "ManifestGenerator": {"S3JobManifestGenerator": manifest},
        "ClientRequestToken": ANY,
        "Description": "colorquant backfill of photos",
        "Priority": 10,
        "RoleArn": ROLE,
    }
    stubs["s3control"].add_response("create_job", {"JobId": JOB}, expected)


def described(stubs, status: str, total: int = 0, succeeded: int = 0, failed: int = 0, **more) -> None:
    summary = {
        "TotalNumberOfTasks": total,
        "NumberOfTasksSucceeded": succeeded,
        "NumberOfTasksFailed": failed,
    }
    job = {"Status": status, "ProgressSummary": summary} | more
    stubs["s3control"].add_response("describe_job", {"Job": job}, {"AccountId": ACCOUNT, "JobId": JOB})


def told(stubs, status: str) -> None:
    stubs["s3control"].add_response(
        "update_job_status",
        {"JobId": JOB, "Status": status},
        {"AccountId": ACCOUNT, "JobId": JOB, "RequestedJobStatus": status},
    )


def invoke(*arguments: str, **options):
    return CliRunner().invoke(main, ["backfill", "--bucket", "photos", *arguments], **options)


def test_a_backfill_asks_with_the_number_of_images_and_shows_progress_until_done(stubs):
    deployed(stubs)
    created(stubs, KeyNameConstraint={"MatchAnyPrefix": ["2024/"]})
    described(stubs, "Preparing")
    described(stubs, "Suspended", 1234)
    told(stubs, "Ready")
    described(stubs, "Active", 1234, 1000)
    described(stubs, "Complete", 1234, 1234)
    done = invoke("--prefix", "2024/", input="y\n")
    assert done.exit_code == 0, done.output
    assert "1,234 objects. Run?" in done.output
    assert "Active: 1,000 of 1,234 done, 0 failed" in done.output
    assert f"s3://reports/backfill-reports/job-{JOB}/" in done.output


def test_objects_are_chosen_by_key_size_and_date(stubs):
    deployed(stubs)
    created(
        stubs,
        KeyNameConstraint={"MatchAnyPrefix": ["2024/", "2025/"], "MatchAnySuffix": [".jpg"]},
        ObjectSizeGreaterThanBytes=0,
        ObjectSizeLessThanBytes=5_000_000,
        CreatedAfter=datetime(2026, 1, 1, tzinfo=UTC),
        CreatedBefore=datetime(2026, 6, 21, 9, 30, tzinfo=UTC),
    )
    described(stubs, "Suspended", 5)
    told(stubs, "Cancelled")
    done = invoke(
        *("--prefix", "2024/", "--prefix", "2025/", "--suffix", ".jpg"),
        *("--larger-than", "0", "--smaller-than", "5000000"),
        *("--created-after", "2026-01-01", "--created-before", "2026-06-21T09:30:00"),
        input="n\n",
    )
    assert done.exit_code == 0, done.output


def test_nothing_runs_without_a_yes(stubs):
    deployed(stubs)
    created(stubs)
    described(stubs, "Suspended", 5)
    told(stubs, "Cancelled")
    done = invoke(input="n\n")
    assert done.exit_code == 0
    assert "nothing was run" in done.output


def test_what_the_stack_says_can_be_given_instead(stubs):
    created(stubs)
    described(stubs, "Suspended", 5)
    told(stubs, "Ready")
    described(stubs, "Complete", 5, 5)
    done = invoke("--yes", "--function-arn", FUNCTION, "--role-arn", ROLE, "--report-bucket", "reports")
    assert done.exit_code == 0, done.output


def test_failed_images_give_the_exit_code_1(stubs):
    deployed(stubs)
    created(stubs)
    described(stubs, "Suspended", 5)
    told(stubs, "Ready")
    described(stubs, "Complete", 5, 4, 1)
    assert invoke("--yes").exit_code == 1


def test_a_job_that_s3_cannot_run_says_why(stubs):
    deployed(stubs)
    created(stubs)
    described(
        stubs,
        "Failed",
        FailureReasons=[{"FailureCode": "ManifestGenerationAccessDenied", "FailureReason": "No access."}],
    )
    done = invoke("--yes")
    assert done.exit_code == 1
    assert "ManifestGenerationAccessDenied: No access." in done.output


def test_a_refusal_of_aws_is_a_sentence(stubs):
    stubs["cloudformation"].add_client_error(
        "describe_stacks", "ValidationError", "Stack with id colorquant does not exist"
    )
    done = invoke()
    assert done.exit_code == 1
    assert "does not exist" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("command", [["redrive", "--queue", "q"], ["backfill", "--bucket", "b"]])
def test_without_boto3_the_commands_say_what_to_install(command):
    code = (
        "import sys; sys.modules['boto3'] = sys.modules['botocore'] = None\n"
        f"from colorquant.cli import main; main({command})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'colorquant[lambda]'" in done.stderr
    assert "Traceback" not in done.stderr

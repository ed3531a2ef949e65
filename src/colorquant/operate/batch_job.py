"""A backfill as a job of S3 Batch Operations: S3 lists the bucket, calls the function and reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from colorquant.operate.errors import JobError

if TYPE_CHECKING:
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_s3control.type_defs import (
        JobManifestGeneratorFilterTypeDef,
        JobManifestGeneratorTypeDef,
        KeyNameConstraintTypeDef,
    )

# Jobs of higher priority go first; 10 leaves room on both sides (CreateJob in the S3 Control API: 0 or more).
PRIORITY = 10
SCHEMA = "2.0"
POLL_SECONDS = 5.0
REPORT_FOLDER = "backfill-reports"

WAITING = "Suspended"
ENDED = frozenset({"Complete", "Failed", "Cancelled"})


@dataclass(frozen=True)
class Selection:
    """Which objects of a bucket; whatever is empty or None selects all.

    Attributes
    ----------
    prefixes, suffixes : tuple of str
        How keys begin and end; one of each is enough.
    larger_than, smaller_than : int, optional
        Bytes.
    created_after, created_before : datetime, optional
        In UTC.
    """

    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    larger_than: int | None = None
    smaller_than: int | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def to_filter(self) -> JobManifestGeneratorFilterTypeDef:
        """Give it as S3 wants it."""
        keys: KeyNameConstraintTypeDef = {}
        if self.prefixes:
            keys["MatchAnyPrefix"] = list(self.prefixes)
        if self.suffixes:
            keys["MatchAnySuffix"] = list(self.suffixes)
        wanted: JobManifestGeneratorFilterTypeDef = {"KeyNameConstraint": keys} if keys else {}
        if self.larger_than is not None:
            wanted["ObjectSizeGreaterThanBytes"] = self.larger_than
        if self.smaller_than is not None:
            wanted["ObjectSizeLessThanBytes"] = self.smaller_than
        if self.created_after:
            wanted["CreatedAfter"] = self.created_after.replace(tzinfo=UTC)
        if self.created_before:
            wanted["CreatedBefore"] = self.created_before.replace(tzinfo=UTC)
        return wanted


@dataclass(frozen=True)
class Backfill:
    """What a job needs to know.

    Attributes
    ----------
    bucket : str
        Whose images are quantized.
    function_arn : str
        The function that takes S3 Batch Operations' tasks.
    role_arn : str
        The role that S3 acts in.
    report_bucket : str
        Where S3 writes the completion report.
    selection : Selection
        Which of them.
    """

    bucket: str
    function_arn: str
    role_arn: str
    report_bucket: str
    selection: Selection = field(default_factory=Selection)

    @property
    def account(self) -> str:
        """The account, which the function's ARN names."""
        return self.function_arn.split(":")[4]

    @property
    def partition(self) -> str:
        """The kind of AWS, such as ``aws`` or ``aws-cn``."""
        return self.function_arn.split(":")[1]


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes
    ----------
    status : str
        S3's word for it.
    total, succeeded, failed : int
        Images.
    reasons : str
        Why the job failed, if it did.
    """

    status: str
    total: int
    succeeded: int
    failed: int
    reasons: str


def create(client: S3ControlClient, backfill: Backfill) -> str:
    """Let S3 list the images, and wait for somebody to say yes.

    Returns
    -------
    str
        The job's ID.
    """
    answer = client.create_job(
        AccountId=backfill.account,
        ConfirmationRequired=True,
        Operation={"LambdaInvoke": {"FunctionArn": backfill.function_arn, "InvocationSchemaVersion": SCHEMA}},
        Report={
            "Enabled": True,
            "Bucket": f"arn:{backfill.partition}:s3:::{backfill.report_bucket}",
            "Format": "Report_CSV_20180820",
            "Prefix": REPORT_FOLDER,
            "ReportScope": "AllTasks",
        },
        ManifestGenerator=_manifest(backfill),
        ClientRequestToken=str(uuid4()),
        Description=f"colorquant backfill of {backfill.bucket}",
        Priority=PRIORITY,
        RoleArn=backfill.role_arn,
    )
    return answer["JobId"]


def _manifest(backfill: Backfill) -> JobManifestGeneratorTypeDef:
    generator: JobManifestGeneratorTypeDef = {
        "S3JobManifestGenerator": {
            "ExpectedBucketOwner": backfill.account,
            "SourceBucket": f"arn:{backfill.partition}:s3:::{backfill.bucket}",
            "EnableManifestOutput": False,
        }
    }
    wanted = backfill.selection.to_filter()
    if wanted:
        generator["S3JobManifestGenerator"]["Filter"] = wanted
    return generator


def answer(client: S3ControlClient, backfill: Backfill, job: str, *, run: bool) -> None:
    """Let a waiting job run, or cancel it."""
    status = "Ready" if run else "Cancelled"
    client.update_job_status(AccountId=backfill.account, JobId=job, RequestedJobStatus=status)  # type: ignore[arg-type]


def follow(
    client: S3ControlClient,
    backfill: Backfill,
    job: str,
    until: frozenset[str] = ENDED,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Progress]:
    """Look at a job again and again.

    Parameters
    ----------
    client : S3 Control client
    backfill : Backfill
    job : str
    until : frozenset of str
        The statuses to stop at.
    sleep : callable
        Waits the seconds between two looks.

    Yields
    ------
    Progress
        The last one has a status of `until`.

    Raises
    ------
    JobError
        If the job fails as a whole.
    """
    while True:
        progress = _look(client, backfill, job)
        yield progress
        if progress.status == "Failed":
            raise JobError(f"S3 could not run the backfill {job}. {progress.reasons}")
        if progress.status in until:
            return
        sleep(POLL_SECONDS)


def _look(client: S3ControlClient, backfill: Backfill, job: str) -> Progress:
    described = client.describe_job(AccountId=backfill.account, JobId=job)["Job"]
    summary = described.get("ProgressSummary", {})
    reasons = [
        f"{f.get('FailureCode')}: {f.get('FailureReason')}" for f in described.get("FailureReasons", [])
    ]
    return Progress(
        described["Status"],
        summary.get("TotalNumberOfTasks", 0),
        summary.get("NumberOfTasksSucceeded", 0),
        summary.get("NumberOfTasksFailed", 0),
        " ".join(reasons),
    )

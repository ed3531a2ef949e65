"""`colorquant backfill`: the images that were in a bucket before the service was."""

from __future__ import annotations

import sys
from typing import Any

import click

from colorquant.cli.aws import client, output_of, plain_errors, stack_outputs

STACK = "colorquant"
DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.command(short_help="Quantize the images that are in a bucket already.")
@click.option("--bucket", required=True, help="Whose images.")
@click.option("--prefix", "prefixes", multiple=True, help="Only keys that begin so; may be repeated.")
@click.option("--suffix", "suffixes", multiple=True, help="Only keys that end so; may be repeated.")
@click.option("--larger-than", type=click.IntRange(0), metavar="BYTES", help="Only larger objects.")
@click.option("--smaller-than", type=click.IntRange(0), metavar="BYTES", help="Only smaller objects.")
@click.option("--created-after", type=DATE, metavar="DATE", help="Only later uploads; times are UTC.")
@click.option("--created-before", type=DATE, metavar="DATE", help="Only earlier uploads; times are UTC.")
@click.option(
    "--stack", default=STACK, show_default=True, help="Where function, role and report bucket come from."
)
@click.option("--function-arn", help="The backfill function.  [default: the stack's]")
@click.option("--role-arn", help="The role that S3 acts in.  [default: the stack's]")
@click.option("--report-bucket", help="Where S3 writes its report.  [default: the stack's]")
@click.option("--yes", is_flag=True, help="Do not ask.")
def backfill(
    *,
    bucket: str,
    stack: str,
    yes: bool,
    function_arn: str | None,
    role_arn: str | None,
    report_bucket: str | None,
    **selection: Any,
) -> None:
    """Quantize the images that are in a bucket already, by S3 Batch Operations.

    S3 lists them first and tells how many they are; nothing runs before you say yes. Results that are there
    already, from the same image and settings, are skipped.

    \b
    Exit code: 0 all done, 1 AWS refused or images failed (see the report), 2 wrong usage.
    """  # noqa: D301 - click's mark for lines that it must not fill
    with plain_errors():
        from colorquant.operate import batch_job  # noqa: PLC0415 - --help must not wait for it

        outputs = {} if function_arn and role_arn and report_bucket else stack_outputs(stack)
        job_of = batch_job.Backfill(
            bucket,
            function_arn or output_of(outputs, "BackfillFunctionArn", stack),
            role_arn or output_of(outputs, "BackfillRoleArn", stack),
            report_bucket or output_of(outputs, "BackfillBucketName", stack),
            batch_job.Selection(**selection),
        )
        s3control = client("s3control")
        job = batch_job.create(s3control, job_of)
        click.echo(f"Job {job}: S3 is listing s3://{bucket} …")
        for progress in batch_job.follow(s3control, job_of, job, batch_job.ENDED | {batch_job.WAITING}):
            total = progress.total
        run = yes or click.confirm(f"{total:,} objects. Run?")
        batch_job.answer(s3control, job_of, job, run=run)
        if not run:
            click.echo("Cancelled; nothing was run.")
            return
        for progress in batch_job.follow(s3control, job_of, job):
            click.echo(
                f"{progress.status}: {progress.succeeded + progress.failed:,} of {progress.total:,} done, "
                f"{progress.failed:,} failed"
            )
        click.echo(f"Report: s3://{job_of.report_bucket}/{batch_job.REPORT_FOLDER}/job-{job}/")
    if progress.failed or progress.status != "Complete":
        sys.exit(1)

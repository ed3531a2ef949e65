"""`colorquant redrive`: failed events, once more."""

from __future__ import annotations

import click

from colorquant.cli.aws import client, plain_errors


@click.command(short_help="Replay the events in the failure queue.")
@click.option("--queue", required=True, metavar="URL", help="The failure queue's address.")
@click.option(
    "--function", metavar="NAME", help="Who gets the events.  [default: the function that each names]"
)
def redrive(queue: str, function: str | None) -> None:
    """Send each event in the failure queue to its function again, and take it out of the queue.

    Run it when what made them fail is mended. What fails again comes back into the queue.

    \b
    Exit code: 0 done, 1 AWS refused or messages were left, 2 wrong usage.
    """  # noqa: D301 - click's mark for lines that it must not fill
    with plain_errors():
        from colorquant.operate.redrive import Left  # noqa: PLC0415 - --help must not wait for it
        from colorquant.operate.redrive import redrive as replay  # noqa: PLC0415

        count, left = 0, set()
        for done in replay(client("sqs"), client("lambda"), queue, function):
            if isinstance(done, Left):
                left.add(done.message_id)
                continue
            count += 1
            click.echo(f"{done.function}: replayed ({done.reason or 'no reason given'})")
    click.echo(f"{count} event{'' if count == 1 else 's'} replayed.")
    if left:
        raise click.ClickException(
            f"These messages are not from Lambda's failure destination and stay in the queue: "
            f"{', '.join(sorted(left))}. If they are events all the same, name the function with --function."
        )

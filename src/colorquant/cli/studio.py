"""colorquant studio: a page to play with an image's colors, on this machine."""

from __future__ import annotations

import os
import socket
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from colorquant.cli.aws import output_of, plain_errors, stack_outputs
from colorquant.cli.work import explain
from colorquant.errors import ColorquantError

if TYPE_CHECKING:
    from colorquant.studio.service import Service
    from colorquant.studio.sessions import Session

# Only programs of this machine can reach it.
LOOPBACK = "127.0.0.1"


@click.command(
    short_help="Open a page to play with images and their colors.",
    help="""Open a page on this machine: drop an image, see its colors, take them along.

    IMAGES are open from the start. Nothing leaves this machine, unless a service is named; then its uploads
    and results are shown, with your own AWS credentials, and images can be uploaded. Ctrl-C ends it.
    """,
)
@click.argument("images", nargs=-1, metavar="[IMAGES]...", type=click.Path(exists=True, dir_okay=False))
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Port.  [any free one]")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--stack", metavar="NAME", help="Show the service of this stack.")
@click.option("--input-bucket", metavar="NAME", help="Show the service of these two buckets.")
@click.option("--output-bucket", metavar="NAME", help="Where its results are.")
@click.option("--emulate", is_flag=True, help="Show a service that is emulated on this machine.")
def studio(
    *,
    images: tuple[str, ...],
    port: int,
    no_browser: bool,
    stack: str | None,
    input_bucket: str | None,
    output_bucket: str | None,
    emulate: bool,
) -> None:
    """Serve the page until somebody stops it."""
    if (input_bucket is None) != (output_bucket is None):
        raise click.UsageError("A service has two buckets. Name both, --input-bucket and --output-bucket.")
    if sum([stack is not None, input_bucket is not None, emulate]) > 1:
        raise click.UsageError("Show one service: --stack, the two buckets, or --emulate.")
    try:
        from colorquant.studio.serving import serve  # noqa: PLC0415 - the other commands do without
        from colorquant.studio.sessions import Session  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"The studio needs the package {error.name}: pip install 'colorquant[studio]'"
        ) from None
    session = Session()
    _open(session, images)
    with _listening(port) as listener, _service(stack, input_bucket, output_bucket, emulate=emulate) as shown:

        def ready(address: str) -> None:
            click.echo(f"The studio is at {address}\nCtrl-C ends it.")
            if not no_browser:
                # A browser in the terminal ends with its page, which the server has to answer meanwhile.
                threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

        serve(session, shown, listener, ready)


def _open(session: Session, images: tuple[str, ...]) -> None:
    from colorquant import load  # noqa: PLC0415 - loads the numeric libraries

    for path in images:
        try:
            session.open(Path(path).name, load(path))
        except (ColorquantError, OSError) as error:
            click.echo(f"Error: {path}: {explain(error, path)}", err=True)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be had: {os.strerror(error.errno or 0)}. "
            "Name another one with --port, or none."
        ) from error
    with listener:
        yield listener


def _service(
    stack: str | None, input_bucket: str | None, output_bucket: str | None, *, emulate: bool
) -> AbstractContextManager[Service | None]:
    if emulate:
        try:
            from colorquant.studio.service import emulated  # noqa: PLC0415 - most do without AWS

            return emulated()
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"Emulating the service needs {error.name}: pip install 'colorquant[studio,local]'"
            ) from None
    if stack is None and input_bucket is None:
        return nullcontext()
    return _connected(stack, input_bucket or "", output_bucket or "")


@contextmanager
def _connected(stack: str | None, input_bucket: str, output_bucket: str) -> Iterator[Service]:
    with plain_errors():
        from colorquant.studio.service import connected  # noqa: PLC0415 - most do without AWS

        prefix = suffix = ""
        if stack is not None:
            outputs = stack_outputs(stack)
            input_bucket = output_of(outputs, "InputBucketName", stack)
            output_bucket = output_of(outputs, "OutputBucketName", stack)
            prefix, suffix = outputs.get("KeyPrefix", ""), outputs.get("KeySuffix", "")
        with connected(input_bucket, output_bucket, prefix=prefix, suffix=suffix) as service:
            yield service

"""One image, from its file to the files about it."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from colorquant.cli.atomic_file import write_atomically
from colorquant.cli.inputs import STANDARD, Task
from colorquant.errors import ColorquantError
from colorquant.settings import Settings


@dataclass(frozen=True)
class Writing:
    """What to do about outputs.

    Attributes
    ----------
    force : bool
        Replace files that exist already.
    skip_existing : bool
        Pass over images whose outputs exist already.
    skip_if_larger : bool
        Write nothing where it would be larger than the input.
    """

    force: bool = False
    skip_existing: bool = False
    skip_if_larger: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of one image.

    Attributes
    ----------
    task : Task
    status : {"written", "skipped", "failed"}
    message : str
        The verdict, or why nothing was written, in a sentence.
    reason : str
        A short name of what went wrong; empty otherwise.
    bytes_before, bytes_after : int
        Sizes of the input and the output.
    described : dict or None
        What `Quantized.to_dict` says.
    thumbnail : bytes or None
        A small picture for the index page, where there is a report.
    trace : str
        Where an error came from that should not happen.
    """

    task: Task
    status: Literal["written", "skipped", "failed"]
    message: str
    reason: str = ""
    bytes_before: int = 0
    bytes_after: int = 0
    described: dict[str, Any] | None = None
    thumbnail: bytes | None = None
    trace: str = ""


def work(task: Task, settings: Settings, writing: Writing) -> Outcome:
    """Quantize one image and write what was asked for.

    Parameters
    ----------
    task : Task
    settings : Settings
    writing : Writing

    Returns
    -------
    Outcome
        Also of a failure: one bad image must not stop the others.
    """
    try:
        return _work(task, settings, writing)
    except (ColorquantError, OSError) as error:
        return Outcome(task, "failed", explain(error, task.source), getattr(error, "reason", "file"))
    except MemoryError:
        return Outcome(task, "failed", "There is not enough memory for this image.", "memory")
    except Exception as error:  # noqa: BLE001 - told to the person, with its trace where they ask for it
        message = f"This should not happen ({type(error).__name__}: {error}). -v shows where it did."
        return Outcome(task, "failed", message, "bug", trace=traceback.format_exc())


def read_source(source: str, settings: Settings) -> bytes:
    """Read an encoded image, unless it is too large.

    Parameters
    ----------
    source : str
        Its path; ``-`` is the standard input.
    settings : Settings
        `max_bytes` is the limit.

    Returns
    -------
    bytes
        From the standard input one byte over the limit at most, which is enough to know that it is passed.
    """
    from colorquant.image.limits import check_bytes  # noqa: PLC0415

    if source == STANDARD:
        return sys.stdin.buffer.read(settings.max_bytes + 1)
    check_bytes(Path(source).stat().st_size, settings)
    return Path(source).read_bytes()


def explain(error: Exception, source: str) -> str:
    """Put an error into a sentence about a source that is named already.

    Parameters
    ----------
    error : Exception
    source : str

    Returns
    -------
    str
    """
    if not isinstance(error, OSError):
        return str(error)
    named = f"{error.filename}: " if error.filename not in (None, source) else ""
    return f"{named}{error.strerror or error}."


def _work(task: Task, settings: Settings, writing: Writing) -> Outcome:
    # These load the numeric libraries, which --help and a wrong option should not wait for.
    from colorquant import quantize  # noqa: PLC0415

    # A device such as /dev/null is there to be written to.
    existing = [path for path in (task.output, task.report) if path and path != STANDARD and _is_file(path)]
    if existing and writing.skip_existing:
        thumbnail = (
            _thumbnail(Path(task.output).read_bytes()) if task.report and _is_file(task.output) else None
        )
        return Outcome(task, "skipped", f"{existing[0]} exists already.", "exists", thumbnail=thumbnail)
    if existing and not writing.force:
        message = f"{existing[0]} exists already. --force replaces it, --skip-existing passes over it."
        return Outcome(task, "failed", message, "exists")
    # Loads the numeric libraries, which nothing that came before needed.

    data = read_source(task.source, settings)
    result = quantize(data, settings)
    encoded = result.encode()
    if writing.skip_if_larger and len(encoded) >= len(data):
        if task.output == STANDARD:
            # Whoever reads the pipe waits for an image.
            _to_stdout(data)
        message = "It would be no smaller in few colors."
        return Outcome(task, "skipped", message, "larger", len(data), len(encoded), result.to_dict())
    if task.output == STANDARD:
        _to_stdout(encoded)
    else:
        write_atomically(task.output, encoded)
    thumbnail = None
    if task.report:
        from colorquant.report.page import render_report  # noqa: PLC0415

        write_atomically(task.report, render_report(data, result, name=Path(task.source).name))
        thumbnail = _thumbnail(encoded)
    return Outcome(task, "written", result.verdict, "", len(data), len(encoded), result.to_dict(), thumbnail)


def _is_file(path: str) -> bool:
    return Path(path).is_file()


def _thumbnail(encoded: bytes) -> bytes:
    from colorquant.report.preview import thumbnail  # noqa: PLC0415

    return thumbnail(encoded)


def _to_stdout(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()

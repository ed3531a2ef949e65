"""One image, from its file to the files about it."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from colorquant.cli.inputs import STANDARD, Task
from colorquant.cli.options import catalog_from, palette_from
from colorquant.cli.outputs import write_atomically, write_to_standard_output
from colorquant.errors import ColorquantError
from colorquant.settings import Settings

if TYPE_CHECKING:
    from colorquant.palette import Palette
    from colorquant.pipeline import Image
    from colorquant.result import Quantized
    from colorquant.swept import Sweep


@dataclass(frozen=True)
class Writing:
    """What to do about outputs.

    Attributes
    ----------
    force : bool
        Replace files that exist already.
    skip_existing : bool
        Leave files that exist already as they are, and pass over images that have all of theirs.
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
    status : {"written", "explained", "skipped", "failed"}
    message : str
        The verdict, or why nothing was written, in a sentence.
    reason : str
        A short name of what went wrong; empty otherwise.
    bytes_before, bytes_after : int
        Sizes of the input and the output.
    described : dict or None
        What `Quantized.to_dict` says, or as much of it as is known without recoloring.
    card : Card or None
        What the index page shows, where there is a report.
    trace : str
        Where an error came from that should not happen.
    """

    task: Task
    status: Literal["written", "explained", "skipped", "failed"]
    message: str
    reason: str = ""
    bytes_before: int = 0
    bytes_after: int = 0
    described: dict[str, Any] | None = None
    card: Card | None = None
    trace: str = ""


@dataclass(frozen=True)
class Card:
    """What the index page shows of an image whose report exists, from this run or an earlier one."""

    thumbnail: bytes
    strip: Sequence[tuple[str, float]]
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True)
class Request:
    """How each image is quantized: by the settings, and perhaps with a palette for all, or from a catalog.

    The palette is that of the settings, with what else is known of it, or one that was found for all images.
    """

    settings: Settings
    palette: Palette | None = None
    catalog: Palette | None = None

    @classmethod
    def of(cls, settings: Settings, given: Mapping[str, Any]) -> Request:
        """Take what the options give beside the settings."""
        return cls(settings, palette_from(given["palette"]), catalog_from(given["catalog"], settings))


def work(task: Task, request: Request, writing: Writing) -> Outcome:
    """Quantize one image and write what was asked for."""
    return _attempt(task, lambda: _write(task, request, writing))


def study(task: Task, request: Request) -> Outcome:
    """Find what suits one image, and write nothing."""
    return _attempt(task, lambda: _explain(task, request))


def shared_sweep(tasks: Sequence[Task], request: Request, *, equally: bool) -> tuple[Sweep, list[Outcome]]:
    """Find one palette for all images, and tell which of them cannot be read."""
    from colorquant import load, shared_sweep  # noqa: PLC0415

    counted, failed = [], []
    for task in tasks:
        try:
            image = load(read_source(task.source, request.settings), request.settings)
            counted.append(image.colors_to_fit(request.settings))
        except (ColorquantError, OSError) as error:
            failed.append(_failed(task, error))
    return shared_sweep(counted, request.settings, equally=equally, catalog=request.catalog), failed


def quantized(data: bytes, request: Request) -> tuple[Image, Sweep, Quantized]:
    """Quantize an encoded image as ordered, in the steps that a report tells about."""
    # Loads the numeric libraries, which nothing before this needs.
    from colorquant import load  # noqa: PLC0415

    image = load(data, request.settings)
    sweep = swept(image, request)
    return image, sweep, image.recolor(sweep, request.settings)


def swept(image: Image, request: Request) -> Sweep:
    """Find the palettes that were ordered."""
    if request.palette is None:
        return image.sweep(request.settings, catalog=request.catalog)
    return image.sweep(request.settings.changed(keep=()), palette=request.palette)


def _attempt(task: Task, action: Callable[[], Outcome]) -> Outcome:
    """Make an outcome of every failure too: one bad image must not stop the others."""
    try:
        return action()
    except (ColorquantError, OSError) as error:
        return _failed(task, error)
    except MemoryError:
        return Outcome(task, "failed", "There is not enough memory for this image.", "memory")
    except Exception as error:  # noqa: BLE001 - told to the person, with its trace where they ask for it
        message = f"This should not happen ({type(error).__name__}: {error}). -v shows where it did."
        return Outcome(task, "failed", message, "bug", trace=traceback.format_exc())


def _failed(task: Task, error: ColorquantError | OSError) -> Outcome:
    return Outcome(task, "failed", explain(error, task.source), getattr(error, "reason", "file"))


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
    check_bytes(os.stat(source).st_size, settings)  # noqa: PTH116 - Path makes one slash of an address's two
    return Path(source).read_bytes()


def explain(error: Exception, source: str) -> str:
    """Put an error into a sentence about a source that is named already."""
    if not isinstance(error, OSError):
        return str(error)
    named = f"{error.filename}: " if error.filename not in (None, source) else ""
    return f"{named}{error.strerror or error}."


def _explain(task: Task, request: Request) -> Outcome:
    from colorquant import load  # noqa: PLC0415 - loads the numeric libraries

    settings = request.settings
    image = load(read_source(task.source, settings), settings)
    return explained(task, swept(image, request))


def explained(task: Task, sweep: Sweep) -> Outcome:
    """Make an outcome of a sweep alone."""
    described = {
        "colors": sweep.colors,
        "verdict": sweep.verdict,
        "measure": sweep.measure,
        "sweep": [asdict(score) for score in sweep.scores],
        "timings_ms": sweep.timings_ms,
    }
    return Outcome(task, "explained", sweep.verdict, described=described)


def _write(task: Task, request: Request, writing: Writing) -> Outcome:
    wanted = [path for path in (task.output, task.report) if path]
    # A device such as /dev/null is there to be written to.
    existing = [path for path in wanted if path != STANDARD and Path(path).is_file()]
    if writing.skip_existing and existing == wanted:
        return Outcome(task, "skipped", f"{existing[0]} exists already.", "exists", card=_earlier_card(task))
    if existing and not (writing.force or writing.skip_existing):
        message = f"{existing[0]} exists already. --force replaces it, --skip-existing passes over it."
        return Outcome(task, "failed", message, "exists", card=_earlier_card(task))
    kept = existing if writing.skip_existing else ()
    return _quantize(task, request, writing, kept)


def _quantize(task: Task, request: Request, writing: Writing, kept: Collection[str]) -> Outcome:
    data = read_source(task.source, request.settings)
    image, sweep, result = quantized(data, request)
    encoded = result.encode()
    sizes = len(data), len(encoded)
    if writing.skip_if_larger and len(encoded) >= len(data):
        if task.output == STANDARD:
            # Whoever reads the pipe waits for an image.
            write_to_standard_output(data)
        message = "It would be no smaller in few colors."
        return Outcome(task, "skipped", message, "larger", *sizes, result.to_dict())
    card = None
    if task.report:
        if task.report not in kept:
            write_atomically(task.report, _report(task, image, sweep, result))
        card = Card(_thumbnail(encoded), list(zip(result.hex_colors, result.shares, strict=True)), *sizes)
    # Last, so that an image that is there has its report.
    if task.output == STANDARD:
        write_to_standard_output(encoded)
    elif task.output not in kept:
        write_atomically(task.output, encoded)
    return Outcome(task, "written", result.verdict, "", *sizes, result.to_dict(), card)


def _report(task: Task, image: Image, sweep: Sweep, result: Quantized) -> bytes:
    from colorquant.report.page import render_report  # noqa: PLC0415

    name, beside = Path(task.source).name, Path(task.output).name
    return render_report(image, sweep, result, name=name, beside=beside, index=task.index)


def _earlier_card(task: Task) -> Card | None:
    """Read from the files of an earlier run what the index page shows, if they are there."""
    if not task.report or not Path(task.report).is_file() or not Path(task.output).is_file():
        return None
    from colorquant.report.preview import strip_of  # noqa: PLC0415

    encoded = Path(task.output).read_bytes()
    before = Path(task.source).stat().st_size if Path(task.source).is_file() else 0
    return Card(_thumbnail(encoded), strip_of(encoded), before, len(encoded))


def _thumbnail(encoded: bytes) -> bytes:
    from colorquant.report.preview import thumbnail  # noqa: PLC0415

    return thumbnail(encoded)

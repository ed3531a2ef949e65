"""A deployed service, or one emulated in this process, as the studio shows it: it reads and uploads.

Everything may be called from several threads at once, and waits for the network.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from colorquant.aws.errors import ForbiddenError
from colorquant.aws.failures import error_code
from colorquant.aws.outputs import ERROR, PALETTE, OutputFile, output_name
from colorquant.errors import ImageError
from colorquant.pipeline import load
from colorquant.report.preview import THUMBNAIL_SIDE, preview_of_pixels, strip_of
from colorquant.settings import Settings
from colorquant.studio.buckets import Fate, Listed, ServiceError, State, View

if TYPE_CHECKING:
    from colorquant.local.stack import LocalStack

# What stands there may be gone a moment later, or be somebody else's.
UNREADABLE = (ServiceError, ImageError, ValueError, KeyError, TypeError)

logger = logging.getLogger(__name__)

__all__ = ["Encoded", "Service", "ServiceError", "connected", "emulated"]

MOST_ITEMS = 50
# A listing looks at four objects for each item; what has come to an end is looked at again after so many
# seconds, or when it is uploaded again.
FINAL_SECONDS = 60.0
SIDE_BY_SIDE = 8
CLIENT_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=5,
    read_timeout=15,
    max_pool_connections=2 * SIDE_BY_SIDE,
)
# An explanation has a few hundred bytes, and a palette of 256 colors 60,000.
MOST_JSON_BYTES = 1_000_000
# A larger result that has no palette file is shown without its colors. Pixels: 64 MB while they are counted.
MOST_COUNTED_BYTES = 5_000_000
MOST_COUNTED_PIXELS = 16_000_000
# An image of 100 megapixels takes up to 800 MB while it is drawn.
DRAWN_AT_ONCE = 2
# How often the emulated queue is asked; uploads of the studio itself are delivered at once.
IDLE_SECONDS = 1.0
KEPT_THUMBNAILS = 4 * MOST_ITEMS


@dataclass(frozen=True)
class Encoded:
    """An image as bytes.

    Attributes
    ----------
    data : bytes
    media_type : str
    """

    data: bytes
    media_type: str


class Service:
    """What was uploaded to a service, what came of it, and a way to upload more.

    Parameters
    ----------
    view : View
    emulated : bool
        Whether it runs in this process.
    announce : callable
        Called after an upload.
    """

    def __init__(
        self, view: View, *, emulated: bool = False, announce: Callable[[], None] = lambda: None
    ) -> None:
        self._view = view
        self._emulated = emulated
        self._announce = announce
        self._limits = Settings()
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE)
        self._told: dict[Listed, _Told] = {}
        self._drawn = lru_cache(KEPT_THUMBNAILS)(self._draw)
        self._drawing = threading.Semaphore(DRAWN_AT_ONCE)

    def close(self) -> None:
        """End the threads that wait for the network."""
        self._pool.shutdown(cancel_futures=True)

    def about(self) -> dict[str, Any]:
        """Name the two buckets."""
        return {"input": self._view.incoming, "output": self._view.outgoing, "emulated": self._emulated}

    def listing(self) -> dict[str, Any]:
        """Tell what was uploaded, newest first, and what came of it.

        Returns
        -------
        dict
            `about`, and ``items``, each with ``key``, ``size``, ``uploaded``, ``state``, ``error`` (a
            sentence or None), ``palette``, ``result`` (key and bytes, or None) and ``settings``; and
            ``more``, whether there are others.
        """
        with _plain_errors():
            uploads, more = self._view.uploads()
            shown = uploads[:MOST_ITEMS]
            self._told = dict(zip(shown, self._pool.map(self._tell, shown), strict=True))
        items = [told.item for told in self._told.values()]
        return self.about() | {"items": items, "more": more or len(uploads) > len(shown)}

    def upload(self, key: str, data: bytes, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Upload an image with the settings it shall be made with.

        Parameters
        ----------
        key : str
        data : bytes
        settings : mapping
            As fields of `Settings`; what is None is left to the service.

        Returns
        -------
        dict
            ``key``, numbered where the name was taken, and ``state``.

        Raises
        ------
        ServiceError
            If the name or a setting cannot be; it says which.
        """
        if not isinstance(settings, Mapping):
            raise ServiceError('Settings are a JSON object, such as {"max_colors": 16}.', 400)
        asked = {name: _as_text(value) for name, value in settings.items() if value is not None}
        with _plain_errors():
            named = self._view.upload(key, data, asked)
        self._announce()
        return {"key": named, "state": State.WAITING.value}

    def image(self, key: str, of: str) -> Encoded:
        """Read an upload (``"input"``) or its result (``"result"``).

        Raises
        ------
        ServiceError
            If there is none.
        ImageTooLargeError
            If it has more bytes than the limit.
        """
        with _plain_errors():
            if of == "input":
                return Encoded(
                    self._view.read_upload(key, self._limits.max_bytes), "application/octet-stream"
                )
            fate = self._view.fate(key)
            if fate.state is not State.DONE or fate.file is None:
                raise ServiceError(f"{key} has no result.", 404)
            data = self._view.read_output(key, fate.file, self._limits.max_bytes)
        return Encoded(data, fate.file.content_type)

    def thumbnail(self, key: str, of: str) -> Encoded:
        """Draw an upload or its result small.

        Raises
        ------
        ServiceError, ImageError
            As `image`, and if it is not an image.
        """
        version = next(
            (told.version(of, listed) for listed, told in self._told.items() if listed.key == key), ""
        )
        # What no listing told of may change without a word.
        return self._drawn(key, of, version) if version else self._draw(key, of, "")

    def _draw(self, key: str, of: str, _version: str) -> Encoded:
        data = self.image(key, of).data
        with self._drawing:
            small = load(data, self._limits).scaled(THUMBNAIL_SIDE)
            return Encoded(*preview_of_pixels(small.raster, lossless=False))

    def _tell(self, listed: Listed) -> _Told:
        before = self._told.get(listed)
        if before and before.is_final and time.monotonic() - before.at < FINAL_SECONDS:
            return before
        if not self._view.is_heard_of(listed):
            return _Told(_item(listed, State.IGNORED), "", time.monotonic())
        fate = self._view.fate(listed.key)
        etag = fate.written.etag if fate.written else ""
        if before and etag and before.etag == etag:
            return replace(before, at=time.monotonic())
        return _Told(self._item(listed, fate), etag, time.monotonic())

    def _item(self, listed: Listed, fate: Fate) -> dict[str, Any]:
        item = _item(listed, fate.state, dict(fate.asked))
        if fate.file is None or fate.written is None:
            return item
        if fate.state is State.ERROR:
            return item | {"error": self._sentence(listed.key, fate.written.reason)}
        result = {"key": output_name(listed.key, fate.file), "bytes": fate.written.size}
        return item | {"result": result, "palette": self._palette(listed.key, fate.file)}

    def _sentence(self, key: str, reason: str) -> str:
        try:
            told = json.loads(self._view.read_output(key, ERROR, MOST_JSON_BYTES))["message"]
        except UNREADABLE:
            return f"It was rejected: {reason}."
        return str(told)

    def _palette(self, key: str, file: OutputFile) -> list[dict[str, Any]]:
        try:
            told = json.loads(self._view.read_output(key, PALETTE, MOST_JSON_BYTES))["palette"]
            return [{"hex": str(color["hex"]), "share": float(color["share"])} for color in told]
        except UNREADABLE:
            # A service may leave the file away; the image has the colors too.
            return self._colors(key, file)

    def _colors(self, key: str, file: OutputFile) -> list[dict[str, Any]]:
        try:
            data = self._view.read_output(key, file, MOST_COUNTED_BYTES)
            with self._drawing:
                load(data, self._limits.changed(max_pixels=MOST_COUNTED_PIXELS))
                return [{"hex": code, "share": share} for code, share in strip_of(data)]
        except UNREADABLE:
            return []


@dataclass(frozen=True)
class _Told:
    """What a listing told of an upload, and when."""

    item: dict[str, Any]
    etag: str
    at: float

    @property
    def is_final(self) -> bool:
        return bool(self.item["state"] != State.WAITING.value)

    def version(self, of: str, listed: Listed) -> str:
        return listed.etag if of == "input" else self.etag


def _item(listed: Listed, state: State, asked: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {
        "key": listed.key,
        "size": listed.size,
        "uploaded": listed.uploaded.isoformat(),
        "state": state.value,
        "error": None,
        "palette": [],
        "result": None,
        "settings": asked or {},
    }


def _as_text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ",".join(map(str, value))
    return str(value)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn what S3 and its client raise into a sentence for who looks."""
    try:
        yield
    except ForbiddenError as error:
        cause = error.__cause__
        code = error_code(cause) if isinstance(cause, ClientError) else "403"
        raise ServiceError(
            f"S3 answered {code}: these credentials may not do that. They need s3:ListBucket and "
            "s3:GetObject on both buckets, and s3:PutObject on the input bucket.",
            503,
        ) from error
    except ClientError as error:
        raise ServiceError(f"S3 answered {error_code(error)}: {error}", 503) from error
    except BotoCoreError as error:
        raise ServiceError(f"S3 cannot be reached: {error}", 503) from error


@contextmanager
def connected(input_bucket: str, output_bucket: str, prefix: str = "", suffix: str = "") -> Iterator[Service]:
    """Show a deployed service, with the credentials and the region of the environment.

    Parameters
    ----------
    input_bucket, output_bucket : str
    prefix, suffix : str
        How keys begin and end that it hears of; empty for any.
    """
    with _plain_errors():
        client = boto3.client("s3", config=CLIENT_CONFIG)
    with closing(Service(View(client, input_bucket, output_bucket, prefix, suffix))) as service:
        yield service


def emulated() -> AbstractContextManager[Service]:
    """Run a service in this process: S3, the queue, and the real handler, which is called for each upload.

    While it runs, this process's AWS settings point at the emulator.

    Raises
    ------
    ModuleNotFoundError
        If the emulator is not installed.
    """
    from colorquant.local import stack  # noqa: PLC0415 - most studios show no emulated service

    return _emulated(stack.local_stack(), stack.INPUT_BUCKET, stack.OUTPUT_BUCKET)


@contextmanager
def _emulated(
    starting: AbstractContextManager[LocalStack], incoming: str, outgoing: str
) -> Iterator[Service]:
    with starting as stack:
        view = View(stack.s3, incoming, outgoing)
        deliveries = _Deliveries(stack)
        service = Service(view, emulated=True, announce=deliveries.wake)
        with _quiet(deliveries), closing(service):
            deliveries.start()
            try:
                yield service
            finally:
                deliveries.stop()


class _Deliveries(threading.Thread):
    """Calls the handler for whatever is uploaded, as Lambda would."""

    def __init__(self, stack: LocalStack) -> None:
        super().__init__(name="deliveries", daemon=True)
        self._stack = stack
        self._news = threading.Event()
        self._is_over = False

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._is_over = True
        self._news.set()
        self.join()

    def run(self) -> None:
        while not self._is_over:
            self._news.clear()
            try:
                self._stack.deliver()
            except Exception:
                # As Lambda does: the queue has the event again in a while.
                logger.exception("The emulated service failed on an upload; it will try again.")
            self._news.wait(IDLE_SECONDS)


class _SilentFor:
    """The standard output, but for what one thread writes to it."""

    def __init__(self, stream: TextIO, thread: threading.Thread) -> None:
        self._stream, self._thread = stream, thread

    def write(self, text: str) -> int:
        return len(text) if threading.current_thread() is self._thread else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _quiet(handling: threading.Thread) -> Iterator[None]:
    """Keep the handler's log and metrics, which are for machines, out of the terminal."""
    from colorquant.aws import observability  # noqa: PLC0415 - most studios need neither

    level = observability.logger.log_level
    observability.logger.setLevel(logging.CRITICAL)
    try:
        # Metrics are printed, some of them whatever the environment says.
        with redirect_stdout(_SilentFor(sys.stdout, handling)):
            yield
    finally:
        observability.logger.setLevel(level)

"""Pictures that Pillow decodes, without a second copy of all their pixels."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from colorquant.errors import UnsupportedImageError
from colorquant.image.header import Header, check_size, corrupt
from colorquant.image.limits import Limits
from colorquant.image.quiet import quiet
from colorquant.image.samples import Samples
from colorquant.image.tags import exif_orientation

if TYPE_CHECKING:
    from PIL import ImageFile

# Pixels that are taken out of Pillow's memory at once.
_BLOCK = 1 << 20
# Which mode holds all that an image of another mode has; RGB for any that is not named.
_OPAQUE = {"1": "L", "L": "L", "CMYK": "CMYK"}
_WITH_ALPHA = {"LA": "LA", "La": "LA"}


class _PillowLimit:
    """Pillow's limit on pixels, which belongs to the whole process.

    While images are being decoded it is the largest limit that any of them was given. Then the program that
    uses colorquant has its own back.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._active: list[int] = []
        self._of_the_program: int | None = None

    @contextmanager
    def at(self, max_pixels: int) -> Iterator[None]:
        with self._lock:
            if not self._active:
                self._of_the_program = Image.MAX_IMAGE_PIXELS
            self._active.append(max_pixels)
            Image.MAX_IMAGE_PIXELS = max(self._active)
        try:
            yield
        finally:
            with self._lock:
                self._active.remove(max_pixels)
                Image.MAX_IMAGE_PIXELS = max(self._active) if self._active else self._of_the_program


_limit = _PillowLimit()


def decode_with(
    plugin: Callable[[io.BytesIO], ImageFile.ImageFile], data: bytes, header: Header, limits: Limits
) -> Samples:
    """Decode with one plug-in, and not with Image.open, which would take a file for a type not asked for."""
    with _decoded(plugin, data, header, limits) as (_, samples):
        return samples


def decode_described_with(
    plugin: Callable[[io.BytesIO], ImageFile.ImageFile], data: bytes, header: Header, limits: Limits
) -> Samples:
    """Decode a format whose orientation, profile and frames only the plug-in can tell."""
    with _decoded(plugin, data, header, limits) as (image, samples):
        return replace(
            samples,
            orientation=exif_orientation(image.info.get("exif") or b""),
            profile=image.info.get("icc_profile"),
            frames=getattr(image, "n_frames", 1),
        )


@contextmanager
def _decoded(
    plugin: Callable[[io.BytesIO], ImageFile.ImageFile], data: bytes, header: Header, limits: Limits
) -> Iterator[tuple[ImageFile.ImageFile, Samples]]:
    with at_work(header.format, limits.max_pixels) as heard, plugin(io.BytesIO(data)) as image:
        # What the header promised was checked; this is what will be allocated.
        check_size(header.format, *image.size, limits)
        samples = samples_of(image)
        yield image, replace(samples, warnings=damaged(header.format, heard))


@contextmanager
def at_work(format_name: str, max_pixels: int) -> Iterator[list[str]]:
    """Keep Pillow within a limit and quiet, and collect what its libraries find wrong with the file."""
    with _limit.at(max_pixels), quiet.listening() as heard:
        try:
            yield heard
        except OSError as error:
            if heard:
                raise corrupt(format_name, heard[0]) from error
            raise


def damaged(format_name: str, heard: list[str]) -> tuple[str, ...]:
    """Warn of a picture that was decoded in spite of what is wrong with it."""
    if not heard:
        return ()
    return (f"The {format_name} is damaged in places ({heard[0]}); parts of the picture may be wrong.",)


def samples_of(image: Image.Image) -> Samples:
    """Take the pixels of an image in whatever mode."""
    image.load()
    if image.mode.startswith("I;16"):
        return Samples(_copied(image, image.mode, np.uint16))
    if image.mode in ("I", "F"):
        raise UnsupportedImageError("The image has more than 16 bits a sample. Export it with 8 or 16 bits.")
    if not image.has_transparency_data:
        return Samples(_copied(image, _OPAQUE.get(image.mode, "RGB"), np.uint8))
    return _with_alpha(image, _WITH_ALPHA.get(image.mode, "RGBA"))


def _with_alpha(image: Image.Image, mode: str) -> Samples:
    width, height = image.size
    values = np.empty((height, width) if mode == "LA" else (height, width, 3), np.uint8)
    alpha = np.empty((height, width), np.uint8)
    for rows, block in _blocks(image, mode):
        values[rows] = block[..., 0] if mode == "LA" else block[..., :3]
        alpha[rows] = block[..., -1]
    return Samples(values, alpha)


def _copied(image: Image.Image, mode: str, dtype: Any) -> NDArray[Any]:
    width, height = image.size
    channels = {"RGB": (3,), "CMYK": (4,)}.get(mode, ())
    values = np.empty((height, width, *channels), dtype)
    for rows, block in _blocks(image, mode):
        values[rows] = block
    return values


def _blocks(image: Image.Image, mode: str) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Give the image a few rows at a time, in another mode."""
    width, height = image.size
    step = max(1, _BLOCK // max(width, 1))
    for top in range(0, height, step):
        rows = slice(top, min(top + step, height))
        part = image.crop((0, rows.start, width, rows.stop))
        yield rows, np.asarray(part if part.mode == mode else part.convert(mode))

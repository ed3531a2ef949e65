"""What the studio holds in memory: images, results and palettes, the oldest of which go first."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import uuid4

from colorquant import Image, Palette, Quantized, Settings, Sweep
from colorquant.errors import ColorquantError

# Memory for images and as much for results, in bytes. A photograph of 9.8 megapixels was measured (resident
# memory): 61 MB opened, of which `Opened.size` counts 52; up to 20 for a sweep; 28 for a result, of which
# `Made.size` counts 11, and the rest is what the libraries keep for their next call. So the process has up to
# twice as much as is counted here. The largest image allowed, 100 megapixels, is held alone.
MOST_BYTES = 1 << 30
# Sweeps held for each image: going back to an earlier look is common.
MOST_SWEEPS = 8
# Palette files; each is read into a few kB, and a catalog of threads has 500 colors.
MOST_PALETTES = 32
# Bytes of a color: packed, its count, and its coordinates in two spaces.
BYTES_A_COLOR = 4 + 8 + 24
# A file's name in lists and headers; file systems end at 255.
MOST_NAME = 255

Held = TypeVar("Held")


class GoneError(ColorquantError):
    """What was asked for is not in memory any more."""

    reason = "gone"


class Once(Generic[Held]):
    """Something that is made when it is first asked for, once, whoever asks at the same time."""

    def __init__(self, make: Callable[[], Held]) -> None:
        self._make = make
        self._made: list[Held] = []
        self._lock = threading.Lock()

    def get(self) -> Held:
        """Give it. If making it fails, the next who asks tries again."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]


@dataclass(frozen=True, eq=False)
class Opened:
    """An image and all that was found for it.

    Attributes
    ----------
    id : str
    name : str
        That of its file.
    image : Image
    at : float
        When it was opened, in seconds.
    """

    id: str
    name: str
    image: Image
    at: float = field(default_factory=time.monotonic)
    _sweeps: OrderedDict[Any, Once[Sweep]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        """Bytes in memory, without its sweeps."""
        raster = self.image.raster
        alpha = 0 if raster.alpha is None else raster.alpha.nbytes
        return int(raster.pixels.nbytes + alpha + BYTES_A_COLOR * len(self.image.colors))

    def sweep(self, settings: Settings, catalog: Catalog | None = None) -> Sweep:
        """Sweep, unless that was done before; other sweeps may run at the same time."""
        key = settings, catalog.id if catalog else ""
        with self._lock:
            if key not in self._sweeps:
                colors = catalog.palette if catalog else None
                self._sweeps[key] = Once(lambda: self.image.sweep(settings, catalog=colors))
            self._sweeps.move_to_end(key)
            while len(self._sweeps) > MOST_SWEEPS:
                self._sweeps.popitem(last=False)
            once = self._sweeps[key]
        return once.get()

    def describe(self) -> dict[str, Any]:
        """Say what the page needs to know."""
        raster = self.image.raster
        return {
            "id": self.id,
            "name": self.name,
            "width": self.image.width,
            "height": self.image.height,
            "format": raster.format,
            "bytes": raster.size_bytes,
            "distinct_colors": len(self.image.colors),
            "transparent": raster.alpha is not None,
            "warnings": list(raster.warnings),
        }


@dataclass(frozen=True, eq=False)
class Made:
    """A result, and what it was made of.

    Attributes
    ----------
    id : str
    opened : Opened
    sweep : Sweep
        What chose the palette.
    result : Quantized
    """

    id: str
    opened: Opened
    sweep: Sweep
    result: Quantized

    @property
    def size(self) -> int:
        """Bytes in memory, without the image and without a WebP, which few ask for."""
        alpha = 0 if self.result.alpha is None else self.result.alpha.nbytes
        return int(self.result.indices.nbytes + alpha + len(self.result.to_png()))


@dataclass(frozen=True, eq=False)
class Catalog:
    """A palette file.

    Two files may have the same colors and call them differently, so each is one of its own.

    Attributes
    ----------
    id : str
    name : str
        That of its file.
    palette : Palette
    """

    id: str
    name: str
    palette: Palette


class Shelf(Generic[Held]):
    """Holds so much and no more, by how large each is; the newest stays in any case."""

    def __init__(self, what: str, most: int) -> None:
        self._what, self._most = what, most
        self._held: OrderedDict[str, tuple[Held, int]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, held: Held, size: int = 1) -> None:
        """Hold one more, and forget the oldest while they are too large together."""
        with self._lock:
            self._held[key] = held, size
            while len(self._held) > 1 and sum(size for _, size in self._held.values()) > self._most:
                self._held.popitem(last=False)

    def get(self, key: str) -> Held:
        """Give one, which thereby is the newest.

        Raises
        ------
        GoneError
        """
        with self._lock:
            if key not in self._held:
                raise GoneError(f"That {self._what} is no longer in memory. Open it again.")
            self._held.move_to_end(key)
            return self._held[key][0]

    def drop(self, which: Callable[[Held], bool]) -> None:
        """Forget some."""
        with self._lock:
            for key in [key for key, (held, _) in self._held.items() if which(held)]:
                del self._held[key]

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._held

    def all(self) -> list[Held]:
        """Give all, the oldest first."""
        with self._lock:
            return [held for held, _ in self._held.values()]


class Session:
    """All that one person has open."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.images: Shelf[Opened] = Shelf("image", most_bytes // 2)
        self.results: Shelf[Made] = Shelf("result", most_bytes // 2)
        self.palettes: Shelf[Catalog] = Shelf("palette", MOST_PALETTES)

    def open(self, name: str, image: Image) -> Opened:
        """Hold an image."""
        opened = Opened(new_id(), plain(name) or "image", image)
        self.images.put(opened.id, opened, opened.size)
        self._let_go()
        return opened

    def close(self, image: str) -> None:
        """Forget an image and what was made of it."""
        self.images.drop(lambda opened: opened.id == image)
        self._let_go()

    def keep(self, opened: Opened, sweep: Sweep, result: Quantized) -> Made:
        """Hold a result.

        Raises
        ------
        GoneError
            If its image was forgotten while it was made.
        """
        made = Made(new_id(), opened, sweep, result)
        self.results.put(made.id, made, made.size)
        self._let_go()
        return self.results.get(made.id)

    def hold(self, name: str, palette: Palette) -> Catalog:
        """Hold a palette file."""
        catalog = Catalog(new_id(), plain(name) or "palette", palette)
        self.palettes.put(catalog.id, catalog)
        return catalog

    def _let_go(self) -> None:
        """Forget the results of images that are forgotten; each would hold its image in memory."""
        self.results.drop(lambda made: made.opened.id not in self.images)


def plain(name: str) -> str:
    r"""Take the last part of a file's name, as far as it can be shown and sent.

    A name that is no UTF-8 comes from the disk with surrogates, which no JSON can hold.

    Examples
    --------
    >>> plain("photos/r\udce9d\n.png")
    'rd.png'
    """
    last = re.split(r"[/\\]", name)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:MOST_NAME]


def new_id() -> str:
    """Name what is held; nobody can guess another one's."""
    return uuid4().hex

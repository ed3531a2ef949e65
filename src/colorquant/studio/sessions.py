"""What the studio holds in memory: images, results and palettes, the oldest of which go first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import uuid4

from colorquant import Image, Palette, Quantized, Settings, Sweep
from colorquant.errors import ColorquantError

# Memory for decoded images and for results, in bytes. An image of 12 megapixels has 36 MB, its colors and
# their coordinates up to 30, its result 12 and a PNG; the largest allowed one, 100 megapixels, has 400.
MOST_BYTES = 1 << 30
# Sweeps held for each image: going back to an earlier look is common, and each has up to 10 MB of cells.
MOST_SWEEPS = 8
# Palette files; each is read into a few kB, and a catalog of threads has 500 colors.
MOST_PALETTES = 32
# Bytes of a color, its count, and its coordinates in two spaces.
BYTES_A_COLOR = 4 + 8 + 24

Held = TypeVar("Held")


class GoneError(ColorquantError):
    """What was asked for is not in memory any more."""

    reason = "gone"


@dataclass(frozen=True, eq=False)
class Opened:
    """An image and all that was found for it.

    Attributes
    ----------
    id : str
    name : str
        That of its file.
    image : Image
    """

    id: str
    name: str
    image: Image
    _sweeps: OrderedDict[Any, Sweep] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        """Bytes in memory."""
        raster = self.image.raster
        alpha = 0 if raster.alpha is None else raster.alpha.nbytes
        return int(raster.pixels.nbytes + alpha + BYTES_A_COLOR * len(self.image.colors))

    def sweep(self, settings: Settings, catalog: Palette | None = None) -> Sweep:
        """Sweep, unless that was done before."""
        key = (settings, catalog)
        # Two requests for the same sweep do it once.
        with self._lock:
            if key not in self._sweeps:
                self._sweeps[key] = self.image.sweep(settings, catalog=catalog)
            self._sweeps.move_to_end(key)
            while len(self._sweeps) > MOST_SWEEPS:
                self._sweeps.popitem(last=False)
            return self._sweeps[key]

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
        """Bytes in memory, without the image."""
        return int(self.result.indices.nbytes + len(self.result.to_png()))


class Shelf(Generic[Held]):
    """Holds so much and no more, by how large each is; the newest stays in any case."""

    def __init__(self, what: str, most: int, size: Callable[[Held], int]) -> None:
        self._what, self._most, self._size = what, most, size
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, held: Held) -> Held:
        """Hold one more, and forget the oldest while they are too large together."""
        with self._lock:
            self._held[key] = held
            while len(self._held) > 1 and sum(map(self._size, self._held.values())) > self._most:
                self._held.popitem(last=False)
        return held

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
            return self._held[key]

    def drop(self, which: Callable[[Held], bool]) -> None:
        """Forget some."""
        with self._lock:
            for key in [key for key, held in self._held.items() if which(held)]:
                del self._held[key]

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._held

    def all(self) -> list[Held]:
        """Give all, the oldest first."""
        with self._lock:
            return list(self._held.values())


class Session:
    """All that one person has open."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.images: Shelf[Opened] = Shelf("image", most_bytes // 2, lambda opened: opened.size)
        self.results: Shelf[Made] = Shelf("result", most_bytes // 2, lambda made: made.size)
        self.palettes: Shelf[tuple[str, Palette]] = Shelf("palette", MOST_PALETTES, lambda _: 1)

    def open(self, name: str, image: Image) -> Opened:
        """Hold an image."""
        opened = Opened(new_id(), name, image)
        self.images.put(opened.id, opened)
        # A result would hold its image in memory.
        self.results.drop(lambda made: made.opened.id not in self.images)
        return opened

    def close(self, image: str) -> None:
        """Forget an image and what was made of it."""
        self.images.drop(lambda opened: opened.id == image)
        self.results.drop(lambda made: made.opened.id == image)

    def keep(self, opened: Opened, sweep: Sweep, result: Quantized) -> Made:
        """Hold a result."""
        made = Made(new_id(), opened, sweep, result)
        return self.results.put(made.id, made)

    def hold(self, name: str, palette: Palette) -> str:
        """Hold a palette of a file's name; give its own name."""
        key = new_id()
        self.palettes.put(key, (name, palette))
        return key


def new_id() -> str:
    """Name what is held; nobody can guess another one's."""
    return uuid4().hex

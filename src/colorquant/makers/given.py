"""What makers' patterns are made of: a palette entry for each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorquant.errors import SettingsError
from colorquant.makers.regions import Labels
from colorquant.palette import Palette
from colorquant.result import Quantized

# Opacity from which on a pixel is there.
THERE = 128


def labels_and_palette(picture: Quantized | NDArray[Any], palette: Palette | None) -> tuple[Labels, Palette]:
    """Take a result, or an array with its palette; negative labels are pixels where nothing is.

    Raises
    ------
    SettingsError
        If it is neither, if they do not belong together, or if no pixel is there.
    """
    if isinstance(picture, Quantized):
        if palette is not None:
            raise SettingsError("A result has its own palette. Leave the other one out.")
        labels = picture.indices.astype(np.int32)
        if picture.alpha is not None:
            labels[picture.alpha < THERE] = -1
        return _that_show(labels), picture.palette
    if palette is None:
        raise SettingsError("An array of palette entries needs its palette.")
    array = np.asarray(picture)
    if array.ndim != 2 or not array.size or array.dtype.kind not in "iu":
        raise SettingsError(
            "Palette entries must be whole numbers of shape (height, width), not {kind} of shape {shape}.",
            kind=array.dtype,
            shape=array.shape,
        )
    if int(array.max()) >= len(palette):
        raise SettingsError(
            "There is an entry {entry}, but the palette has only {count} colors, from 0 on.",
            entry=int(array.max()),
            count=len(palette),
        )
    labels = array.astype(np.int32)
    labels[array < 0] = -1
    return _that_show(labels), palette


def _that_show(labels: Labels) -> Labels:
    if (labels < 0).all():
        raise SettingsError(
            "There is nothing to draw: the whole picture is empty or more than half transparent."
        )
    return labels


def codes_and_names(palette: Palette) -> list[tuple[str, str]]:
    """Give what each color is called, empty where it has no code or no name."""
    none = ("",) * len(palette)
    return list(zip(palette.codes or none, palette.names or none, strict=True))


def whole_number(name: str, value: Any, most: int) -> int:
    """Refuse a setting that is not a whole number from 1 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= most:
        raise SettingsError(
            "{0} must be a whole number from 1 to {most}, not {value!r}.", name, most=most, value=value
        )
    return int(value)


def in_use(labels: Labels, palette: Palette) -> tuple[Labels, Palette]:
    """Leave out the colors that no pixel has; the labels are then read-only."""
    used = np.flatnonzero(np.bincount(labels[labels >= 0], minlength=len(palette)))
    # The last place is that of -1.
    places = np.full(len(palette) + 1, -1, np.int32)
    places[used] = np.arange(len(used))
    labels = places[labels]
    labels.flags.writeable = False
    return labels, palette.take(used)

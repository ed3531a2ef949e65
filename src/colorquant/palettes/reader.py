"""Palettes that people bring: the files that other programs write."""

from __future__ import annotations

import csv
import struct

from colorquant.errors import SettingsError
from colorquant.palettes.formats import FORMATS, Swatch, from_text

# A palette is a few kilobytes in every format; what is larger is some other file.
MOST_BYTES = 10_000_000


def read_swatches(data: bytes) -> list[Swatch]:
    """Read the swatches of a palette file, whose format is told by its content.

    Parameters
    ----------
    data : bytes
        A file in one of `FORMATS`, or any text with colors in it.

    Returns
    -------
    list of Swatch
        At least one, in the order of the file.

    Raises
    ------
    SettingsError
        If there is no color in it.
    """
    if len(data) > MOST_BYTES:
        raise SettingsError("The file is too large for a palette.")
    # Any text may be text with colors in it, so those who read it come last.
    readers = sorted((each.read for each in FORMATS.values()), key=lambda read: read is from_text)
    try:
        swatches = next(found for read in readers if (found := read(data)) is not None)
    except (struct.error, csv.Error, RecursionError, ValueError) as error:
        raise SettingsError(f"The palette cannot be read ({str(error).rstrip('.')}).") from error
    if not swatches:
        raise SettingsError("The palette has no colors.")
    return swatches

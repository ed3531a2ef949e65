"""How often `auto` finds the number of colors of flat art, and whether it meets the colors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from colorquant import Settings, quantize
from studies.artwork import Job, treatments

# A planted color is met by a palette color within so many RGB levels; people take the two for one.
MET = 10


class Counted(NamedTuple):
    """What became of one picture.

    Attributes
    ----------
    kind, palette, treatment : str
    planted, found : int
        Numbers of colors.
    met : float
        Part of the planted colors that a palette color is near to.
    verdict : str
    """

    kind: str
    palette: str
    treatment: str
    planted: int
    found: int
    met: float
    verdict: str


def count(job: Job) -> list[Counted]:
    """Make a picture and quantize each of its treatments by `auto`."""
    counted = []
    for treatment, made in treatments(*job).items():
        result = quantize(made.pixels, Settings(criterion="auto"))
        counted.append(
            Counted(
                job.kind,
                job.palette,
                treatment,
                len(made.colors),
                result.colors,
                _met(made.colors, result.palette),
                result.verdict,
            )
        )
    return counted


def _met(planted: NDArray[np.uint8], palette: NDArray[np.uint8]) -> float:
    apart = np.linalg.norm(planted[:, None].astype(np.float64) - palette, axis=-1)
    return float((apart.min(axis=1) <= MET).mean())


def table(counted: Sequence[Counted]) -> list[tuple[str, ...]]:
    """Give the rates by treatment, and of each treatment by what is drawn."""
    rows: list[tuple[str, ...]] = [("picture", "exact", "within 1", "colors met")]
    for treatment in dict.fromkeys(one.treatment for one in counted):
        treated = [one for one in counted if one.treatment == treatment]
        rows.append((f"**{treatment}**", *_rates(treated)))
        rows += [
            (f"{treatment}, {kind}", *_rates([one for one in treated if one.kind == kind]))
            for kind in dict.fromkeys(one.kind for one in treated)
        ]
    return rows


def _rates(counted: Sequence[Counted]) -> tuple[str, ...]:
    off = np.abs([one.found - one.planted for one in counted])
    met = np.mean([one.met for one in counted])
    return f"{(off == 0).mean():.0%}", f"{(off <= 1).mean():.0%}", f"{met:.0%}"

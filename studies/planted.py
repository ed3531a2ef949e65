"""Drawings whose number of colors is known, to see how often each criterion finds it."""

from __future__ import annotations

from typing import NamedTuple

from colorquant.engine.flat_colors import find_flat_colors
from studies import trials
from studies.drawings import Style, draw

COUNTS = (8, 11, 14, 17, 20, 23, 26, 29, 32)
SEEDS = range(4)
# The rarest color, as a share of the pixels.
SHARES = (0.02, 0.01, 0.005, 0.002, 0.001)
SHARE_COUNT = 16
SHARE_SEEDS = range(16)


class Planted(NamedTuple):
    """A drawing to make."""

    count: int
    style: Style
    seed: int


def jobs(style: Style) -> list[Planted]:
    """List the drawings of a style: every count, each a few times."""
    return [Planted(count, style, seed) for count in COUNTS for seed in SEEDS]


def run(job: Planted) -> trials.Trial:
    """Draw, and ask every criterion."""
    return trials.run(draw(*job), seed=job.seed)


def rare_jobs(share: float) -> list[Planted]:
    """List drawings whose rarest color has the share given, as JPEG of quality 90 with smooth edges."""
    style = Style(smallest=share, smooth=True, jpeg=90)
    return [Planted(SHARE_COUNT, style, seed) for seed in SHARE_SEEDS]


def count_flat(job: Planted) -> int:
    """Draw, and count the flat colors."""
    return len(find_flat_colors(draw(*job)))

"""Drawings whose number of colors is known, to see how often each criterion finds it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from colorquant.engine.colors import count
from colorquant.engine.groups import find_groups
from studies import trials
from studies.drawings import Style, draw

COUNTS = (8, 11, 14, 17, 20, 23, 26, 29, 32)
SEEDS = range(4)
# The rarest color, as a share of the pixels.
SHARES = (0.02, 0.01, 0.005, 0.002, 0.001)
SHARE_COUNT = 16
SHARE_SEEDS = range(16)
# Pixels looked at for groups; 5000 is what `colorquant.quantize` takes for its default sample of 1000.
SAMPLE_SIZES: tuple[int | Literal["all"], ...] = (1000, 5000, "all")


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
    return trials.run(count(draw(*job)), sample_seed=job.seed)


def rare_jobs(share: float) -> list[Planted]:
    """List drawings whose rarest color has the share given, as JPEG of quality 90 with smooth edges."""
    style = Style(smallest=share, smooth=True, jpeg=90)
    return [Planted(SHARE_COUNT, style, seed) for seed in SHARE_SEEDS]


def count_groups(job: Planted) -> list[int]:
    """Draw, and count the groups in samples of every size."""
    counted = count(draw(*job))
    return [len(find_groups(trials.points_of(counted, size, job.seed))) for size in SAMPLE_SIZES]

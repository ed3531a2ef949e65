"""What a report says first: how many colors, how much smaller, and how close."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.losses import with_loss
from colorquant.engine.selection import FIDELITY, TIE, Candidates
from colorquant.engine.spaces import EYE
from colorquant.image.raster import Raster
from colorquant.result import Quantized
from colorquant.swept import Sweep

MEASURES = {
    "silhouette": "Mean silhouette: 1 where clusters are far apart, 0 where they touch. Higher is better.",
    "silhouette_macro": "Silhouette averaged over the clusters, each counting alike. Higher is better.",
    "calinski_harabasz": "Spread between the clusters to the spread within them. Higher is better.",
    "davies_bouldin": "Overlap of each cluster with its most similar one. Lower is better.",
    "error": "Color difference to the original, where 1 is just noticeable. Lower is closer.",
}
"""What each measure of a sweep says, by the name of its column."""
# An error below this is that of whole levels.
ROUNDING = 5e-4
# Pixels that are compared with the original: the mean of so many is right to half a percent of itself.
COMPARED = 1 << 16
# Color differences as `Score.error` has them, where 0.01 is about one CIEDE2000, and what to say up to each.
# Two can be seen beside each other, and hardly apart.
CLOSENESS = (
    (0.0, "Every pixel is as before"),
    (0.02, "Looks the same"),
    (FIDELITY["high"], "Looks very close"),
    (FIDELITY["medium"], "Looks close"),
    (FIDELITY["low"], "Looks fairly close"),
    (np.inf, "Visibly simpler"),
)


def equals(sweep: Sweep) -> list[int]:
    """Give the numbers of colors that score like the chosen one where that has the best silhouette."""
    if not sweep.measure.startswith("silhouette"):
        return [sweep.colors]
    values = {score.colors: float(getattr(score, sweep.measure)) for score in sweep.scores}
    best = values[sweep.colors]
    if best < max(values.values()):
        return [sweep.colors]
    return [k for k, value in values.items() if best - value < TIE]


def headline(sweep: Sweep) -> str:
    """Say beside the number of colors what to think of it, and what is lost."""
    return with_loss(_headline(sweep), sweep.loss)


def _headline(sweep: Sweep) -> str:
    alike = equals(sweep)
    if len(sweep.scores) < 2 or _is_exact(sweep):
        return sweep.reason
    if len(alike) > 1:
        return f"{spoken(alike, sweep.colors)} would also do."
    if sweep.measure == "error":
        return _how_close(sweep)
    return f"The best score of {sweep.numbers[0]} to {sweep.numbers[-1]}."


def _is_exact(sweep: Sweep) -> bool:
    return any(score.colors == sweep.colors and score.error < ROUNDING for score in sweep.scores)


def _how_close(sweep: Sweep) -> str:
    candidates = Candidates(sweep.scores, quality=sweep.settings.quality)
    close = [score.colors for score in sweep.scores if candidates.is_close(score)]
    if sweep.colors not in close:
        return "The most allowed, and not as close to the original as asked."
    if sweep.colors > close[0]:
        # Fewer are close too, but the picture has so many.
        return sweep.reason
    if sweep.colors == sweep.numbers[0]:
        return "The fewest allowed, and close to the original."
    return "The fewest that stay close to the original."


def spoken(numbers: list[int], chosen: int) -> str:
    """Put ascending numbers that are as good as the chosen one of them into words.

    Examples
    --------
    >>> spoken([9, 10, 11], 9), spoken([8, 12], 8), spoken([8, 10, 13], 8), spoken([8, 9, 11, 12, 14], 8)
    ('9 to 11', '12', '10 or 13', 'Most of 8 to 14')
    """
    others = [number for number in numbers if number != chosen]
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]} to {numbers[-1]}"
    if len(others) > 3:
        some = "Most" if 2 * len(numbers) > numbers[-1] - numbers[0] + 1 else "Some"
        return f"{some} of {numbers[0]} to {numbers[-1]}"
    return " or ".join(filter(None, [", ".join(map(str, others[:-1])), str(others[-1])]))


def savings(before: int, after: int) -> str:
    """Say how much smaller the file has become.

    Examples
    --------
    >>> savings(1000, 80), savings(1000, 1001), savings(1000, 1500)
    ('92 % smaller', 'As large as before', '50 % larger')
    """
    percent = round(100 * (1 - after / before))
    if not percent:
        return "As large as before"
    return f"{abs(percent)} % {'smaller' if percent > 0 else 'larger'}"


def difference(raster: Raster, result: Quantized) -> float:
    """Measure the color difference to the original like `Score.error`, on pixels evenly spread."""
    compared = _spread(raster)
    if not len(compared):
        return 0.0
    before = EYE.from_srgb(raster.pixels.reshape(-1, 3)[compared])
    after = EYE.from_srgb(result.palette.rgb)[result.indices.ravel()[compared]]
    return float(np.sqrt(np.square((before - after) / EYE.steps).sum(axis=1).mean()))


def _spread(raster: Raster) -> NDArray[np.intp]:
    """Find visible pixels evenly apart, without a list of all of them."""
    height, width = raster.pixels.shape[:2]
    visible = np.full(height, width) if raster.alpha is None else np.count_nonzero(raster.alpha, axis=1)
    ends = np.cumsum(visible)
    wanted = np.linspace(0, ends[-1] - 1, min(int(ends[-1]), COMPARED)).astype(np.intp)
    rows = np.searchsorted(ends, wanted, side="right")
    columns = wanted - (ends - visible)[rows]
    if raster.alpha is not None:
        starts = np.flatnonzero(np.diff(rows, prepend=-1)).tolist()
        for start, stop in pairwise([*starts, len(rows)]):
            columns[start:stop] = np.flatnonzero(raster.alpha[rows[start]])[columns[start:stop]]
    found: NDArray[np.intp] = rows * width + columns
    return found


def closeness(error: float) -> str:
    """Say what a color difference looks like.

    Examples
    --------
    >>> closeness(0.051)
    'Looks close'
    """
    return next(words for most, words in CLOSENESS if round(error, 3) <= most)

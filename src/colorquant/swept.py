"""A palette for each number of colors, made when it is asked for."""

# ruff: noqa: D102 - `Shelf` tells what the methods of the others do

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import keep, refine, spaces
from colorquant.engine.colors import Colors
from colorquant.engine.engines import find_engine
from colorquant.engine.hues import find_worst_hue, weigh_by_hue, weigh_up
from colorquant.engine.lloyd import Cloud
from colorquant.engine.losses import Loss, find_loss, with_loss
from colorquant.engine.points import Histogram, Points, histogram
from colorquant.engine.scores import Score
from colorquant.engine.selection import Decision
from colorquant.engine.sweep import Clustering
from colorquant.errors import SettingsError
from colorquant.names import Criterion, Quality, Space
from colorquant.palette import Palette
from colorquant.settings import Settings

# Swaps tried when a palette is fitted again for a hue that it serves badly, from where it is.
SWAPS_AGAIN = 20


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """What was found for each number of colors, and which of them was chosen.

    Attributes
    ----------
    colors : int
        The chosen number.
    scores : tuple of Score
        What each number of colors scored; empty where none was searched for.
    measure : str
        The field of `Score` that decided; empty likewise.
    reason : str
        Why this number, in a sentence or two.
    settings : Settings
        What the sweep was told.
    timings_ms : dict of str to float
        Milliseconds of each stage.

    Examples
    --------
    >>> import colorquant
    >>> ramp = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
    >>> sweep = colorquant.load(ramp).sweep(max_colors=16)
    >>> sweep.numbers
    range(8, 17)
    >>> len(sweep.palette(12))
    12
    """

    colors: int
    scores: tuple[Score, ...]
    measure: str
    reason: str
    settings: Settings
    timings_ms: dict[str, float]
    _image: Colors
    _shelf: Shelf
    _decide: Callable[[Settings], Decision] | None = None
    _palettes: dict[int, Palette] = field(default_factory=dict)

    @property
    def numbers(self) -> range:
        """The numbers of colors that there is a palette for."""
        return self._shelf.numbers

    @cached_property
    def loss(self) -> Loss | None:
        """The hue that the chosen palette loses, and how much of the picture had it; None where all stay."""
        return find_loss(
            self._image, self.palette().rgb, spaces.SPACES[self.settings.space], self.settings.seed
        )

    @property
    def verdict(self) -> str:
        """Why this number, and what its palette loses, in a sentence or two."""
        return with_loss(self.reason, self.loss)

    def palette(self, colors: int | None = None) -> Palette:
        """Give the palette of the chosen number of colors, or of any other number.

        It is refined when it is first asked for, and the same object each time after that.

        Parameters
        ----------
        colors : int, optional
            One of `numbers`. Default: the chosen one.

        Returns
        -------
        Palette
            Colors to keep come first.

        Raises
        ------
        SettingsError
            If that number was not searched for.
        """
        colors = self.colors if colors is None else colors
        if colors not in self.numbers:
            known = self.numbers
            span = f"{known[0]} to {known[-1]}" if len(known) > 1 else f"{known[0]} only"
            raise SettingsError(f"There is no palette of {colors} colors: the sweep was over {span}.")
        if colors not in self._palettes:
            self._palettes.setdefault(colors, self._shelf.palette(colors))
        return self._palettes[colors]

    def chosen_by(self, criterion: Criterion | None = None, quality: Quality | None = None) -> Sweep:
        """Give the same palettes with the number that another criterion chooses; nothing is searched again.

        A sweep that was told that criterion from the start clusters in the color space and on the sample that
        suit it, so it may choose another number. Flat colors are known where the sweep was told ``"auto"``.

        Parameters
        ----------
        criterion : str, optional
            As in `Settings`. Default: as before, or ``"fidelity"`` where a quality is given to a criterion
            that does not heed it.
        quality : str, optional
            As in `Settings`. Default: as before.

        Returns
        -------
        Sweep
            Its `settings` say so too. Where there is one number only, it is chosen again.

        Raises
        ------
        SettingsError
            If there is no such criterion or quality.

        Examples
        --------
        >>> import colorquant
        >>> ramp = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
        >>> sweep = colorquant.load(ramp).sweep(min_colors=2, max_colors=16)
        >>> {name: sweep.chosen_by(name).colors for name in ("fidelity", "calinski-harabasz")}
        {'fidelity': 5, 'calinski-harabasz': 16}
        """
        # What follows from the criterion was decided before.
        settings = self.settings.changed(
            criterion=criterion,
            quality=quality,
            color_space=self.settings.space,
            sample_size=self.settings.sample_size,
        )
        if self._decide is None:
            return replace(self, settings=settings)
        decision = self._decide(settings)
        return replace(
            self,
            colors=self.scores[decision.index].colors,
            measure=decision.measure,
            reason=decision.verdict,
            settings=settings,
        )

    def __repr__(self) -> str:
        return f"Sweep(colors={self.colors}, numbers={self.numbers}, verdict={self.verdict!r})"

    def _repr_html_(self) -> str:
        """Show the chosen palette and the verdict in a notebook."""
        import html  # noqa: PLC0415 - only notebooks wait for it

        return f"{self.palette()._repr_html_()}<p>{html.escape(self.verdict)}</p>"


class Shelf(Protocol):
    """Where a sweep takes its palettes from."""

    @property
    def numbers(self) -> range:
        """The numbers of colors that there is a palette for."""

    def palette(self, number: int) -> Palette:
        """Make the palette of one of those numbers."""


@dataclass(frozen=True, eq=False)
class Fixed:
    """One palette and no other."""

    only: Palette

    @property
    def numbers(self) -> range:
        return range(len(self.only), len(self.only) + 1)

    def palette(self, number: int) -> Palette:  # noqa: ARG002 - there is one number
        return self.only


@dataclass(frozen=True, eq=False)
class Fitted:
    """Clusterings, which are refined on the whole image."""

    image: Colors
    clusterings: tuple[Clustering, ...]
    settings: Settings
    flat: NDArray[np.uint8]

    @property
    def numbers(self) -> range:
        return range(self.clusterings[0].k, self.clusterings[-1].k + 1)

    def palette(self, number: int) -> Palette:
        settings = self.settings
        if number == len(self.image) and not settings.keep:
            return Palette.of(most_used_first(self.image), space=settings.space)
        space = spaces.SPACES[settings.space]
        centroids = self.clusterings[number - self.numbers[0]].centroids
        if len(self.flat) and number >= len(self.flat):
            centroids = Cloud(self._coarse.points).iterate(
                centroids, keep.MOST_ITERATIONS, fixed=len(self.flat)
            )
            return Palette.of(space.palette(centroids), space=settings.space)
        if settings.refine and not find_engine(settings.engine).follows_recipe:
            centroids = self._refined(centroids)
        if settings.keep:
            kept = space.from_srgb(Palette(settings.keep).rgb)
            centroids = keep.fit_around(self._coarse.points, centroids, kept)
        return Palette.of(space.palette(centroids), kept=len(settings.keep), space=settings.space)

    def _refined(self, centroids: NDArray[np.float64]) -> NDArray[np.float64]:
        seed = self.settings.seed
        found = refine.search(self._search_cloud, centroids, seed)
        worst = None
        if self.settings.space == spaces.EYE.name:
            worst = find_worst_hue(self._coarse.points, found)
        if worst is None:
            return refine.polish(self._polish_cloud, found)
        coarse, fine = (weigh_up(each.points, worst) for each in (self._weighed_coarse, self._weighed))
        found = refine.search(Cloud(coarse), found, seed, SWAPS_AGAIN)
        return refine.polish(Cloud(fine), found)

    @cached_property
    def _search_cloud(self) -> Cloud:
        return Cloud(self._weighed_coarse.points)

    @cached_property
    def _polish_cloud(self) -> Cloud:
        return Cloud(self._weighed.points)

    @cached_property
    def _weighed_coarse(self) -> Histogram:
        return self._weighed.coarser(refine.SEARCH_CELLS)

    @cached_property
    def _weighed(self) -> Histogram:
        return replace(self._histogram, points=weighed_by_hue(self._histogram.points))

    @cached_property
    def _coarse(self) -> Histogram:
        return self._histogram.coarser(refine.SEARCH_CELLS)

    @cached_property
    def _histogram(self) -> Histogram:
        return histogram(self.image, refine.POLISH_CELLS, spaces.SPACES[self.settings.space])


@dataclass(frozen=True, eq=False)
class Cataloged:
    """Colors of a catalog."""

    catalog: Palette
    subsets: tuple[NDArray[np.intp], ...]
    space: Space

    @property
    def numbers(self) -> range:
        return range(len(self.subsets[0]), len(self.subsets[-1]) + 1)

    def palette(self, number: int) -> Palette:
        return self.catalog.take(self.subsets[number - self.numbers[0]], space=self.space)


def most_used_first(image: Colors) -> NDArray[np.uint8]:
    """Give the colors of an image, shape (m, 3)."""
    return image.rgb[np.argsort(-image.counts, kind="stable")]


def weighed_by_hue(points: Points) -> Points:
    """Let rare hues count more where the palette is to please the eye; the recipe's RGB stays as it is."""
    return weigh_by_hue(points) if points.space is spaces.EYE else points

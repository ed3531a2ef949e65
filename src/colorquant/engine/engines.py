"""Who clusters: colorquant itself, or scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from colorquant.engine import recolor, silhouette
from colorquant.engine.colors import Colors
from colorquant.engine.points import Points
from colorquant.engine.spaces import Space
from colorquant.engine.sweep import Clustering, sweep
from colorquant.errors import MissingExtraError


@dataclass(frozen=True)
class Engine:
    """What an engine does.

    Attributes
    ----------
    sweep : callable
        Cluster points into every number of clusters asked for, from a seed.
    silhouette_samples : callable
        Give each point its silhouette in every labeling, shape (n, labelings).
    nearest : callable
        Find the palette entry nearest to each color.
    follows_recipe : bool
        Whether nothing is to be added to the classic recipe: no refinement, no weights, no flat colors.
    """

    sweep: Callable[[Points, Sequence[int], int], tuple[Clustering, ...]]
    silhouette_samples: Callable[[Points, Sequence[NDArray[np.int64]]], NDArray[np.float64]]
    nearest: Callable[[Colors, NDArray[np.uint8], Space], NDArray[np.uint8]]
    follows_recipe: bool


def find_engine(name: str) -> Engine:
    """Find an engine by the name that `Settings.engine` knows it by.

    Raises
    ------
    MissingExtraError
        If it is scikit-learn's and that is not installed.
    """
    if name == "colorquant":
        return Engine(sweep, silhouette.silhouette_samples, recolor.nearest, follows_recipe=False)
    try:
        reference = import_module("colorquant.engine.reference")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "The engine scikit-learn needs scikit-learn, which is not installed. "
            "Install it: python -m pip install scikit-learn"
        ) from error
    return Engine(reference.sweep, reference.silhouette_samples, reference.nearest, follows_recipe=True)

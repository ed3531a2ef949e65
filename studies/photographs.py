"""Photographs and their quarters: which number each criterion picks, how steadily, and how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from colorquant import Settings, quantize
from colorquant.engine.colors import count
from colorquant.engine.points import sample
from colorquant.engine.selection import CRITERIA
from colorquant.engine.spaces import EYE, SPACES
from colorquant.image.decode import decode
from colorquant.settings import ColorSpace
from studies import trials

SUFFIXES = {".png", ".jpg", ".jpeg"}
BUNDLED = ("china.jpg", "flower.jpg")
SEEDS = range(5)
COLOR_SPACES: tuple[ColorSpace, ...] = ("rgb", "cielab", "oklab")
SAMPLE_SIZES: tuple[int | Literal["all"], ...] = (1000, 5000, "all")
# What is looked at is halved until it is no larger: a screenful, and the differences in Oklab take long.
SCREEN = 2_000_000  # pixels


@dataclass(frozen=True)
class Picture:
    """A photograph, or a quarter of one.

    Attributes
    ----------
    path : Path
    quarter : int or None
        0 to 3 for the upper left to the lower right quarter; None for the whole.
    """

    path: Path
    quarter: int | None = None

    @property
    def name(self) -> str:
        """The file's name, and which quarter."""
        return self.path.name if self.quarter is None else f"{self.path.name}, quarter {self.quarter + 1}"

    def pixels(self) -> NDArray[np.uint8]:
        """Read it."""
        whole = decode(self.path.read_bytes(), Settings()).pixels
        if self.quarter is None:
            return whole
        height, width = (side // 2 for side in whole.shape[:2])
        top, left = height * (self.quarter // 2), width * (self.quarter % 2)
        return np.ascontiguousarray(whole[top : top + height, left : left + width])


def find(folders: Sequence[Path]) -> list[Picture]:
    """List the JPEG and PNG files of the folders, and the two photographs that scikit-learn ships."""
    bundled = [Path(str(files("sklearn.datasets.images") / name)) for name in BUNDLED]
    return [Picture(path) for path in [*listed(folders), *bundled]]


def listed(folders: Sequence[Path]) -> list[Path]:
    """List the JPEG and PNG files of the folders."""
    return [
        path for folder in folders for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES
    ]


def quarters(pictures: Sequence[Picture]) -> list[Picture]:
    """Cut each picture into four."""
    return [Picture(picture.path, quarter) for picture in pictures for quarter in range(4)]


@dataclass(frozen=True)
class Repeats:
    """One picture, tried again and again.

    Attributes
    ----------
    samples : list of Trial
        Each with another sample of pixels and another start of K-means.
    principal : ndarray of float64, shape (3,)
        Shares of the variance of the sampled colors along their principal axes, falling.
    """

    samples: list[trials.Trial]
    principal: NDArray[np.float64]


def repeat(picture: Picture) -> Repeats:
    """Try a picture with each of `SEEDS`."""
    pixels = picture.pixels()
    points = sample(count(pixels), 1000, 0, SPACES["rgb"])
    axes = np.linalg.eigvalsh(np.cov(points.coordinates.T, aweights=points.weights))[::-1]
    return Repeats(
        [trials.run(pixels, seed=seed) for seed in SEEDS],
        axes / axes.sum(),
    )


def by_size(picture: Picture) -> list[dict[str, int]]:
    """Try a picture on every size of the sample."""
    pixels = picture.pixels()
    return [trials.run(pixels, size).chosen for size in SAMPLE_SIZES]


def by_space(picture: Picture) -> list[dict[str, int]]:
    """Try a picture in every color space."""
    pixels = picture.pixels()
    return [trials.run(pixels, space=space).chosen for space in COLOR_SPACES]


@dataclass(frozen=True)
class Look:
    """How a result looks, and what it weighs.

    Attributes
    ----------
    colors : int
    error : float
        Root mean square of the difference in Oklab, over all pixels.
    ssim : float
        Structural similarity of the luma, to 1.
    size : float
        Bytes of the PNG, as a part of those of the original saved as PNG.
    """

    colors: int
    error: float
    ssim: float
    size: float


def look(picture: Picture) -> dict[str, Look]:
    """Quantize a picture by every criterion and compare it with the original."""
    pixels = picture.pixels()
    while pixels.shape[0] * pixels.shape[1] > SCREEN:
        pixels = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8)
    original, luma = EYE.from_srgb(pixels) / EYE.steps, _luma(pixels)
    original_bytes = len(cv2.imencode(".png", pixels[..., ::-1])[1])
    seen: dict[int, Look] = {}
    looks = {}
    for criterion in CRITERIA:
        result = quantize(pixels, Settings(criterion=criterion))
        if result.colors not in seen:
            squares = np.square(
                original - (EYE.from_srgb(result.palette.rgb) / EYE.steps)[result.indices]
            ).sum(axis=-1)
            seen[result.colors] = Look(
                result.colors,
                float(np.sqrt(squares.mean())),
                _ssim(luma, _luma(result.palette[result.indices])),
                len(result.to_png()) / original_bytes,
            )
        looks[criterion] = seen[result.colors]
    return looks


def _luma(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float64)


def _ssim(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Compare by Z. Wang et al., "Image quality assessment" (2004): 11 x 11 window, K1 0.01, K2 0.03."""

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        smoothed: NDArray[np.float64] = gaussian_filter(values, 1.5, radius=5)
        return smoothed

    steadies = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    means = mean(first), mean(second)
    variances = mean(first**2) - means[0] ** 2 + mean(second**2) - means[1] ** 2
    covariance = mean(first * second) - means[0] * means[1]
    similarity = (2 * means[0] * means[1] + steadies[0]) * (2 * covariance + steadies[1])
    similarity /= (means[0] ** 2 + means[1] ** 2 + steadies[0]) * (variances + steadies[1])
    return float(similarity.mean())

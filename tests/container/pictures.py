"""Pictures of any size to put load on the function with, made of scikit-learn's photos, always the same."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

MEGA = 1_000_000
PHOTOS = ("china.jpg", "flower.jpg")

# What a camera's sensor adds, of 255; without it an enlarged photo would be far smoother than a real one.
GRAIN = 4.0

Pixels = NDArray[np.uint8]


@cache
def _photo(name: str) -> Pixels:
    data = (files("sklearn.datasets.images") / name).read_bytes()
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).astype(np.uint8)


def photograph(
    megapixels: float, *, name: str = PHOTOS[0], seed: int = 0, form: Literal[".jpg", ".png"] = ".jpg"
) -> bytes:
    """Enlarge or reduce a photo to a number of megapixels, with grain, and encode it."""
    source = _photo(name)
    factor = (megapixels * MEGA / (source.shape[0] * source.shape[1])) ** 0.5
    scaled = cv2.resize(source, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).normal(0, GRAIN, scaled.shape[:2])
    grained = np.clip(scaled + grain[..., None], 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(form, grained)
    return encoded.tobytes()

"""Pictures that the tests share."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray

# A slow machine is no fault of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def photo_bytes() -> bytes:
    """Give a JPEG photograph that scikit-learn ships."""
    return (files("sklearn.datasets.images") / "flower.jpg").read_bytes()


@pytest.fixture(scope="session")
def photo(photo_bytes: bytes) -> NDArray[np.uint8]:
    """Give the same photograph as pixels."""
    pixels = cv2.imdecode(np.frombuffer(photo_bytes, np.uint8), cv2.IMREAD_COLOR_RGB)
    return pixels.astype(np.uint8)


@pytest.fixture(scope="session")
def noise() -> NDArray[np.uint8]:
    """Give pixels without any structure, nearly all of them different."""
    return np.random.default_rng(7).integers(0, 256, (60, 80, 3), np.uint8)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Give the folder of real files that COLORQUANT_DATA names."""
    folder = os.environ.get("COLORQUANT_DATA")
    if not folder:
        pytest.skip("COLORQUANT_DATA does not name a folder of test images")
    return Path(folder)

"""GIFs written here by the specification, uncompressed."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from colorquant import Settings, TruncatedImageError
from colorquant.image.decode import decode

SETTINGS = Settings()
COLORS = np.array([[0, 0, 255], [255, 0, 0], [0, 255, 0], [255, 255, 255]], np.uint8)
CLEAR, END_OF_DATA, CODE_SIZE = 4, 5, 2


def frame(indices: np.ndarray, left: int, top: int) -> bytes:
    """Write each index as it is: after two of them the table is cleared, so that codes stay 3 bits long."""
    bits = ""
    for start in range(0, indices.size, 2):
        for code in (CLEAR, *indices.ravel()[start : start + 2]):
            bits = f"{code:03b}" + bits
    bits = f"{END_OF_DATA:03b}" + bits
    packed = int(bits, 2).to_bytes((len(bits) + 7) // 8, "little")
    blocks = b"".join(
        bytes([len(packed[i : i + 255])]) + packed[i : i + 255] for i in range(0, len(packed), 255)
    )
    height, width = indices.shape
    return struct.pack("<BHHHHBB", 0x2C, left, top, width, height, 0, CODE_SIZE) + blocks + b"\0"


def gif(screen: tuple[int, int], *frames: bytes, background: int = 0) -> bytes:
    header = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x81, background, 0)
    return header + COLORS.tobytes() + b"".join(frames) + b"\x3b"


@pytest.fixture
def indices() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, (5, 7), np.uint8)


@pytest.mark.parametrize("background", [0, 2])
@pytest.mark.parametrize(("left", "top"), [(0, 0), (3, 2), (13, 7)])
def test_what_the_first_frame_does_not_reach_is_transparent(indices, left, top, background):
    raster = decode(gif((20, 12), frame(indices, left, top), background=background), SETTINGS)
    inside = np.zeros((12, 20), bool)
    inside[top : top + 5, left : left + 7] = True
    np.testing.assert_array_equal(raster.alpha == 255, inside)
    np.testing.assert_array_equal(raster.alpha == 0, ~inside)
    np.testing.assert_array_equal(raster.pixels[inside].reshape(5, 7, 3), COLORS[indices])


def test_a_frame_that_fills_the_screen_is_opaque(indices):
    raster = decode(gif((7, 5), frame(indices, 0, 0)), SETTINGS)
    assert raster.alpha is None
    np.testing.assert_array_equal(raster.pixels, COLORS[indices])


def test_a_gif_needs_no_end_if_all_pixels_of_its_first_frame_are_there(indices):
    data = gif((7, 5), frame(indices, 0, 0))
    for cut in (1, 2):
        np.testing.assert_array_equal(decode(data[:-cut], SETTINGS).pixels, COLORS[indices])
    for cut in (6, 10, 15):
        with pytest.raises(TruncatedImageError):
            decode(data[:-cut], SETTINGS)

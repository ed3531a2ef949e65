from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from colorquant.image.encode import encode_png

PALETTE = np.random.default_rng(0).permutation(256 * 3).astype(np.uint8).reshape(256, 3)


@pytest.mark.parametrize(
    ("entries", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)]
)
def test_the_png_is_indexed_with_as_few_bits_as_the_palette_needs(entries, bits):
    indices = np.arange(12 * 34, dtype=np.int64).reshape(12, 34) % entries
    png = encode_png(indices.astype(np.uint8), PALETTE[:entries])
    # PNG, third edition, 11.2.1: bit depth is byte 24 of the file, color type byte 25; 3 is indexed.
    assert (png[24], png[25]) == (bits, 3)
    decoded = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    np.testing.assert_array_equal(decoded, PALETTE[indices])


def test_on_or_off_transparency_stays_indexed():
    indices = np.array([[0, 1, 0, 1]], np.uint8)
    alpha = np.array([[255, 0, 0, 255]], np.uint8)
    image = Image.open(io.BytesIO(encode_png(indices, PALETTE[:2], alpha)))
    assert image.mode == "P"
    decoded = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(decoded[..., 3], alpha)
    np.testing.assert_array_equal(decoded[alpha > 0][:, :3], PALETTE[indices[alpha > 0]])


def test_partial_transparency_is_kept_exactly():
    indices = np.array([[0, 1, 0, 1]], np.uint8)
    alpha = np.array([[255, 128, 0, 7]], np.uint8)
    decoded = np.asarray(Image.open(io.BytesIO(encode_png(indices, PALETTE[:2], alpha))))
    np.testing.assert_array_equal(decoded[..., 3], alpha)
    np.testing.assert_array_equal(decoded[alpha > 0][:, :3], PALETTE[indices[alpha > 0]])


def test_an_image_without_visible_pixels_stays_invisible():
    alpha = np.zeros((2, 3), np.uint8)
    png = encode_png(np.zeros((2, 3), np.uint8), np.zeros((0, 3), np.uint8), alpha)
    assert not np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3].any()

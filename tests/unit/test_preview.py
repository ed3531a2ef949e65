from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from colorquant import load
from colorquant.report import preview


def noise(height, width, channels):
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (9, 13, channels), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def on_black(image):
    pixels = np.asarray(image.convert("RGBA")).astype(float)
    return pixels[..., :3] * pixels[..., 3:] / 255


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(700, 1000), (1000, 333), (64, 2000), (120, 80)])
def test_bands_of_rows_give_the_picture_that_pillow_makes_of_the_whole(monkeypatch, channels, size):
    monkeypatch.setattr(preview, "PREVIEW_SIDE", 160)
    monkeypatch.setattr(preview, "_BLOCK", 5000)
    pixels = noise(*size, channels)
    data, _ = preview.preview_of_pixels(load(pixels).raster, lossless=True)
    whole = Image.fromarray(pixels)
    whole.thumbnail((160, 160), Image.Resampling.LANCZOS)
    shown = Image.open(io.BytesIO(data))
    assert shown.size == whole.size
    assert np.abs(on_black(shown) - on_black(whole)).max() <= 3


def test_a_thumbnail_of_a_png_is_small_and_keeps_its_transparency():
    buffer = io.BytesIO()
    Image.fromarray(noise(900, 700, 4)).save(buffer, "PNG")
    shown = Image.open(io.BytesIO(preview.thumbnail(buffer.getvalue())))
    assert (max(shown.size), shown.mode) == (preview.THUMBNAIL_SIDE, "RGBA")


def test_a_large_result_is_shown_in_its_palette_s_colors(monkeypatch):
    monkeypatch.setattr(preview, "PREVIEW_SIDE", 160)
    monkeypatch.setattr(preview, "WHOLE_BYTES", 100)
    image = load(noise(700, 1000, 4))
    result = image.recolor(image.sweep(colors=8))
    data, media_type, whole = preview.preview_of_result(result)
    shown = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).reshape(-1, 4)
    assert (media_type, whole) == ("image/png", False)
    assert {tuple(c) for c in shown[shown[:, 3] > 0, :3]} <= {tuple(c) for c in result.palette.rgb}

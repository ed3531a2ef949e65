from __future__ import annotations

import pytest

from benchmarks import memory_by_format
from colorquant import Settings
from colorquant.image.decode import decode


@pytest.mark.parametrize("name", [name for name in memory_by_format.FILES if name != "for WebP"])
def test_each_picture_is_of_the_format_that_it_is_named_after(monkeypatch, name):
    monkeypatch.setattr(memory_by_format, "SIDE", 96)
    monkeypatch.setattr(memory_by_format, "HEIC_SIDE", 96)
    monkeypatch.setattr(memory_by_format, "JPEG_2000_SIDE", 96)
    raster = decode(memory_by_format.FILES[name](), Settings())
    assert name.startswith(raster.format)
    assert raster.pixels.shape == (96, 96, 3)
    assert (raster.alpha is not None) == ("alpha" in name or "RGBA" in name)


def test_more_pixels_take_more_memory_and_time(monkeypatch, tmp_path):
    spent = []
    for side in (64, 2048):
        monkeypatch.setattr(memory_by_format, "SIDE", side)
        file = tmp_path / f"{side}.jpg"
        file.write_bytes(memory_by_format.FILES["JPEG"]())
        spent.append(memory_by_format.measure(file, "decode", {}))
    # Three bytes a pixel are the least.
    assert spent[1].peak - spent[0].peak > 2 * 2048**2
    assert spent[1].seconds > spent[0].seconds


def test_what_is_refused_is_said(monkeypatch, tmp_path):
    file = tmp_path / "cut.jpg"
    monkeypatch.setattr(memory_by_format, "SIDE", 64)
    file.write_bytes(memory_by_format.FILES["JPEG"]()[:200])
    assert memory_by_format.measure(file, "all", {}) == "refused"

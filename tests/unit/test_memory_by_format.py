from __future__ import annotations

import pytest

from benchmarks import memory_by_format
from colorquant import Settings
from colorquant.image.decode import decode


@pytest.mark.parametrize("name", memory_by_format.FILES)
def test_each_picture_is_of_the_format_that_it_is_named_after(monkeypatch, name):
    monkeypatch.setattr(memory_by_format, "SIDE", 96)
    monkeypatch.setattr(memory_by_format, "HEIC_SIDE", 96)
    monkeypatch.setattr(memory_by_format, "JPEG_2000_SIDE", 96)
    raster = decode(memory_by_format.FILES[name](), Settings())
    assert name.startswith(raster.format)
    assert raster.pixels.shape == (96, 96, 3)
    assert (raster.alpha is not None) == ("alpha" in name or "RGBA" in name)


def test_more_pixels_take_more_memory(monkeypatch, tmp_path):
    peaks = []
    for side in (64, 2048):
        monkeypatch.setattr(memory_by_format, "SIDE", side)
        file = tmp_path / f"{side}.jpg"
        file.write_bytes(memory_by_format.FILES["JPEG"]())
        row = memory_by_format.measure(file)
        assert row["pixels"] == side * side
        peaks.append(row["peak"])
    # Three bytes a pixel are the least.
    assert peaks[1] - peaks[0] > 2 * 2048**2

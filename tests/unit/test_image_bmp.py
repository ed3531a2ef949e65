"""BMPs written here by Microsoft's description of their headers."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from colorquant import CorruptImageError, Settings
from colorquant.image.decode import decode
from tests.unit.test_image_profiles import PRIMARIES, SRGB, rgb_profile, to_srgb

SETTINGS = Settings()
BIT_FIELDS = 3


def bmp(
    rows: bytes,
    size: tuple[int, int],
    bits: int,
    masks: tuple[int, ...] = (),
    *,
    header: int = 124,
    profile: bytes = b"",
) -> bytes:
    compression = BIT_FIELDS if masks else 0
    info = struct.pack("<IiiHHIIiiII", header, *size, 1, bits, compression, len(rows), 0, 0, 0, 0)
    behind = struct.pack("<4I", *masks, *[0] * (4 - len(masks)))
    if header == 40:
        info += behind[:12] if masks else b""
    else:
        kind = b"DEBM" if profile else b"BGRs"
        info += behind + kind + b"\0" * 48 + struct.pack("<4I", 4, header + len(rows), len(profile), 0)
        info = info[:header]
    start = 14 + len(info)
    return struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + info + rows + profile


FIELDS = {
    "5-5-5": (16, (0x7C00, 0x3E0, 0x1F)),
    "5-6-5": (16, (0xF800, 0x7E0, 0x1F)),
    "1-5-5-5": (16, (0x7C00, 0x3E0, 0x1F, 0x8000)),
    "4-4-4-4": (16, (0xF00, 0xF0, 0xF, 0xF000)),
    "8-8-8": (32, (0xFF0000, 0xFF00, 0xFF)),
    "8-8-8-8": (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
    "turned": (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
    "10-10-10": (32, (0x3FF, 0xFFC00, 0x3FF00000)),
    "odd": (32, (0xFFF, 0x7000, 0x80000000)),
}


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("header", [40, 56, 124])
@pytest.mark.parametrize("name", FIELDS)
def test_every_layout_of_bits_is_read(name, header, top_down):
    bits, masks = FIELDS[name]
    width, height = 7, 5
    pixels = np.random.default_rng(1).integers(0, 1 << bits, (height, width), f"u{bits // 8}")
    stored = pixels if top_down else pixels[::-1]
    padding = np.zeros((height, (-width * bits // 8) % 4), np.uint8)
    rows = np.hstack([np.ascontiguousarray(stored).view(np.uint8).reshape(height, -1), padding]).tobytes()
    raster = decode(bmp(rows, (width, -height if top_down else height), bits, masks, header=header), SETTINGS)
    expected = [np.rint((pixels & mask) / (mask & -mask) * 255 / (mask // (mask & -mask))) for mask in masks]
    np.testing.assert_array_equal(raster.pixels, np.dstack(expected[:3]))
    if len(masks) == 4 and header > 40:
        np.testing.assert_array_equal(raster.alpha, expected[3])
    else:
        assert raster.alpha is None


def test_an_alpha_of_nothing_but_zeros_is_not_meant():
    rows = np.full((4, 4), 0x00102030, "<u4").tobytes()
    raster = decode(bmp(rows, (4, 4), 32, FIELDS["8-8-8-8"][1]), SETTINGS)
    assert raster.alpha is None
    assert raster.pixels[0, 0].tolist() == [0x10, 0x20, 0x30]


def test_bit_fields_with_gaps_are_refused():
    with pytest.raises(CorruptImageError, match="gaps"):
        decode(bmp(b"\0" * 64, (4, 4), 32, (0xFF00FF, 0xFF00, 0xFF)), SETTINGS)


def test_an_embedded_profile_is_applied(noise):
    rows = np.ascontiguousarray(noise[::-1, :, ::-1])
    padding = np.zeros((len(rows), -rows.shape[1] * 3 % 4), np.uint8)
    body = np.hstack([rows.reshape(len(rows), -1), padding]).tobytes()
    data = bmp(body, noise.shape[1::-1], 24, profile=rgb_profile("Adobe RGB"))
    linear = (noise / 255) ** 2.2 @ np.array(PRIMARIES["Adobe RGB"]).T @ np.linalg.inv(SRGB).T
    assert np.percentile(np.abs(decode(data, SETTINGS).pixels - to_srgb(linear)), 99) <= 1.01


def test_the_shortest_bmp_is_whole():
    data = struct.pack("<2sIHHI", b"BM", 30, 0, 0, 26) + struct.pack("<IHHHH", 12, 1, 1, 1, 24) + b"\1\2\3\0"
    assert decode(data, SETTINGS).pixels.tolist() == [[[3, 2, 1]]]

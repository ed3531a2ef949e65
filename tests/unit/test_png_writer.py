from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from colorquant import Settings, quantize
from colorquant.image import png_writer
from colorquant.image.png_writer import indexed_png, truecolor_png

PALETTE = np.random.default_rng(0).permutation(256 * 3).astype(np.uint8).reshape(256, 3)
# One entry and the most that 1, 2, 4 and 8 bits hold, and one more than each.
SIZES = [1, 2, 3, 4, 5, 16, 17, 256]


def opencv(png: bytes) -> np.ndarray:
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def pillow(png: bytes, mode: str = "RGB") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert(mode))


def chunk(png: bytes, kind: bytes) -> bytes:
    start = png.index(kind) + 4
    return png[start : start + int.from_bytes(png[start - 8 : start - 4])]


def filters(png: bytes) -> set[int]:
    width, bits = int.from_bytes(png[16:20]), png[24]
    rows = zlib.decompress(chunk(png, b"IDAT"))
    return set(rows[:: 1 + -(-width * bits // 8)])


def by_pillow(indices: np.ndarray, level: int) -> bytes:
    image = Image.fromarray(indices, "P")
    image.putpalette(PALETTE[: int(indices.max()) + 1].tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=level, bits=4)
    return buffer.getvalue()


def weave(height: int = 200, width: int = 300, entries: int = 16) -> np.ndarray:
    """Vertical threads, each a noise that changes slowly from row to row: what Up was made for."""
    rng = np.random.default_rng(5)
    steps = rng.random((height, width)) < 0.02
    return ((rng.integers(0, entries, width) + steps.cumsum(axis=0)) * 7 % entries).astype(np.uint8)


@pytest.mark.parametrize("entries", SIZES)
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (5, 8), (11, 13), (3, 301)])
def test_every_depth_and_odd_width_reads_back_in_opencv_and_pillow(entries, size):
    indices = np.random.default_rng(entries).integers(0, entries, size, np.uint8)
    png = indexed_png(indices, PALETTE[:entries])
    expected = PALETTE[indices]
    np.testing.assert_array_equal(opencv(png), expected)
    np.testing.assert_array_equal(pillow(png), expected)


@given(
    entries=st.sampled_from(SIZES),
    height=st.integers(1, 20),
    width=st.integers(1, 40),
    opaque=st.booleans(),
    seed=st.integers(0, 1 << 20),
)
@settings(deadline=None)
def test_any_image_keeps_its_colors_and_the_opacity_of_each_entry(entries, height, width, opaque, seed):
    rng = np.random.default_rng(seed)
    indices = rng.integers(0, entries, (height, width), np.uint8)
    alpha = None if opaque else rng.choice(np.array([0, 9, 255], np.uint8), entries)
    decoded = pillow(indexed_png(indices, PALETTE[:entries], alpha), "RGBA")
    np.testing.assert_array_equal(decoded[..., :3], PALETTE[indices])
    np.testing.assert_array_equal(decoded[..., 3], 255 if alpha is None else alpha[indices])


@pytest.mark.parametrize("entries", SIZES)
@pytest.mark.parametrize("weaving", [False, True])
def test_pngcheck_finds_nothing_wrong(tmp_path, entries, weaving):
    pngcheck = shutil.which("pngcheck")
    if pngcheck is None:
        pytest.skip("pngcheck is not installed (apt-get install pngcheck)")
    indices = (
        weave(61, 83, entries) if weaving else np.arange(61 * 83, dtype=np.uint16).reshape(61, 83) % entries
    )
    indices = indices.astype(np.uint8)
    alpha = np.full(entries, 255, np.uint8)
    alpha[: entries // 2] = 100
    files = {
        "indexed": indexed_png(indices, PALETTE[:entries]),
        "translucent": indexed_png(indices, PALETTE[:entries], alpha),
        "rgb": truecolor_png((61, 83, 3), [PALETTE[indices]]),
    }
    for name, png in files.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(png)
        checked = subprocess.run([pngcheck, "-v", path], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout
        assert "No errors detected" in checked.stdout


def test_only_entries_up_to_the_last_that_is_not_opaque_have_an_opacity_in_the_file():
    # Noise is written in the given order, and not as differences.
    indices = np.random.default_rng(2).integers(0, 16, (40, 50), np.uint8)
    alpha = np.full(16, 255, np.uint8)
    alpha[[3, 9]] = 0, 128
    png = indexed_png(indices, PALETTE[:16], alpha)
    assert chunk(png, b"tRNS") == bytes([0, 128])
    np.testing.assert_array_equal(pillow(png, "RGBA")[..., 3], alpha[indices])
    assert b"tRNS" not in indexed_png(indices, PALETTE[:16], np.full(16, 255, np.uint8))


@pytest.mark.parametrize("height", [200, 3200], ids=["both are written", "a sample decides"])
def test_an_image_whose_rows_resemble_each_other_is_written_as_differences(height):
    indices = weave(height)
    png = indexed_png(indices, PALETTE[:16])
    assert filters(png) == {2}
    np.testing.assert_array_equal(opencv(png), PALETTE[indices])
    plain = Image.fromarray(indices)
    plain.putpalette(PALETTE[:16].tobytes())
    buffer = io.BytesIO()
    plain.save(buffer, "PNG", bits=4)
    assert len(png) < len(buffer.getvalue())


def test_indices_that_are_smaller_as_they_are_stay_so_and_keep_the_palette_s_order():
    indices = np.random.default_rng(3).choice(8, (300, 400), p=np.arange(8, 0, -1) / 36).astype(np.uint8)
    png = indexed_png(indices, PALETTE[:8])
    assert filters(png) == {0}
    assert chunk(png, b"PLTE") == PALETTE[:8].tobytes()


def test_an_icon_gets_a_byte_for_each_pixel_where_that_is_smaller():
    y, x = np.mgrid[:200, :200]
    rings = (np.hypot(x - 100, y - 100) // 9).astype(np.uint8) % 12
    png = indexed_png(rings, PALETTE[:12])
    assert png[24] == 8
    np.testing.assert_array_equal(opencv(png), PALETTE[rings])
    np.testing.assert_array_equal(pillow(png), PALETTE[rings])
    # What packed pixels take, by another writer at its best.
    assert len(png) < min(len(by_pillow(rings, level)) for level in range(1, 10))


def test_the_bytes_do_not_depend_on_how_the_array_lies_in_memory():
    indices = weave()
    wide = np.zeros((200, 600), np.uint8)
    wide[:, ::2] = indices
    expected = indexed_png(indices, PALETTE[:16])
    for same in (np.asfortranarray(indices), wide[:, ::2], indices[::-1].copy()[::-1]):
        assert indexed_png(same, PALETTE[:16]) == expected


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("size", [(1, 1), (30, 41), (300, 400)])
def test_true_colors_read_back_whatever_the_strips(channels, size):
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (8, channels), np.uint8)[rng.integers(0, 8, size)]
    shape = (*size, channels)
    png = truecolor_png(shape, (pixels[row : row + 7] for row in range(0, size[0], 7)))
    np.testing.assert_array_equal(pillow(png, "RGB" if channels == 3 else "RGBA"), pixels)
    assert png == truecolor_png(shape, [pixels])


def test_true_colors_whose_rows_resemble_each_other_are_written_as_differences():
    across = np.random.default_rng(10).integers(0, 256, (1, 700), np.uint8)
    pixels = np.dstack([np.broadcast_to(across, (500, 700))] * 3)
    pixels[..., 0] += np.arange(500, dtype=np.uint8)[:, np.newaxis]
    png = truecolor_png(pixels.shape, [pixels])
    assert set(zlib.decompress(chunk(png, b"IDAT"))[:: 1 + 3 * 700]) == {2}
    np.testing.assert_array_equal(opencv(png), pixels)
    np.testing.assert_array_equal(pillow(png), pixels)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_small_gradient_in_true_colors_takes_few_bytes(channels):
    down, along = np.mgrid[:32, :32].astype(np.uint8) * 8
    pixels = np.dstack([down, along, down // 2 + along // 2, 255 - along])[..., :channels]
    png = truecolor_png(pixels.shape, [np.ascontiguousarray(pixels)])
    np.testing.assert_array_equal(pillow(png, "RGB" if channels == 3 else "RGBA"), pixels)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG", optimize=True)
    srgb = 13
    assert len(png) <= len(buffer.getvalue()) + srgb


def test_more_data_than_a_chunk_may_hold_goes_into_several(monkeypatch):
    monkeypatch.setattr(png_writer, "_LONGEST_CHUNK", 1000)
    indices = np.random.default_rng(8).integers(0, 16, (100, 100), np.uint8)
    png = indexed_png(indices, PALETTE[:16])
    assert png.count(b"IDAT") > 4
    np.testing.assert_array_equal(opencv(png), PALETTE[indices])
    np.testing.assert_array_equal(pillow(png), PALETTE[indices])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak")
def test_a_hundred_megapixels_need_little_more_memory_than_their_rows(tmp_path):
    """One byte a pixel for the rows of 32 colors, and what they are compressed to."""
    script = """if True:
        import pathlib, re, sys
        import numpy as np
        from colorquant.image.png_writer import indexed_png
        def peak():
            return int(re.search("VmHWM:\\\\s+(\\\\d+)", pathlib.Path("/proc/self/status").read_text())[1])
        tile = np.random.default_rng(0).integers(0, 32, (500, 625), np.uint8)
        indices = np.tile(tile, (20, 16))
        indexed_png(tile, np.zeros((32, 3), np.uint8))
        before = peak()
        png = indexed_png(indices, np.arange(96, dtype=np.uint8).reshape(32, 3))
        grown = peak() - before
        open(sys.argv[1], "wb").write(png)
        print(grown * 1024 - len(png) * 2)
    """
    path = tmp_path / "large.png"
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1.2 * 100e6
    assert path.stat().st_size < 100e6
    tile = np.random.default_rng(0).integers(0, 32, (500, 625), np.uint8)
    decoded = np.asarray(opened(path))
    assert decoded.shape == (10_000, 10_000)
    np.testing.assert_array_equal(decoded[-500:, -625:], tile)


def opened(path: Path) -> Image.Image:
    """Without Pillow's limit, which is there for files that one has not written oneself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        return Image.open(path)


@pytest.mark.parametrize(("colors", "most"), [(2, 1.0), (4, 1.0), (8, 1.0), (16, 1.0), (32, 1.02)])
def test_a_photo_is_no_larger_than_pillow_writes_it(photo, colors, most):
    result = quantize(photo, Settings(min_colors=colors, max_colors=colors))
    image = Image.fromarray(result.indices)
    image.putpalette(result.palette.rgb.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6, bits=png_writer.bits_per_pixel(colors))
    assert len(indexed_png(result.indices, result.palette.rgb)) <= most * len(buffer.getvalue())

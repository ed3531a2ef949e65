from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from colorquant import ImageTooLargeError, Settings, quantize
from colorquant.image.encode import encode_png, encode_webp
from colorquant.image.png_writer import truecolor_png

INDEXED = 3
PALETTE = np.random.default_rng(0).permutation(256 * 3).astype(np.uint8).reshape(256, 3)


@pytest.mark.parametrize(
    ("entries", "bits"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)]
)
def test_the_png_is_indexed_with_as_few_bits_as_the_palette_needs(entries, bits):
    indices = np.random.default_rng(1).permutation(80 * 64).reshape(80, 64) % entries
    png = encode_png(indices.astype(np.uint8), PALETTE[:entries])
    # PNG, third edition, 11.2.1: bit depth is byte 24 of the file, color type byte 25; 3 is indexed.
    assert (png[24], png[25]) == (bits, 3)
    decoded = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    np.testing.assert_array_equal(decoded, PALETTE[indices])


def as_truecolor(pixels):
    return truecolor_png(pixels.shape, [pixels])


def test_on_or_off_transparency_stays_indexed():
    indices = np.random.default_rng(1).integers(0, 2, (40, 30), np.uint8)
    alpha = np.random.default_rng(2).choice(np.array([0, 255], np.uint8), (40, 30))
    image = Image.open(io.BytesIO(encode_png(indices, PALETTE[:2], alpha)))
    assert image.mode == "P"
    decoded = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(decoded[..., 3], alpha)
    np.testing.assert_array_equal(decoded[alpha > 0][:, :3], PALETTE[indices[alpha > 0]])


@pytest.mark.parametrize(
    ("colors", "opacities", "mode"), [(3, 4, "P"), (8, 32, "P"), (8, 33, "RGBA"), (256, 256, "RGBA")]
)
@pytest.mark.parametrize("size", [(1, 4), (200, 400)])
def test_partial_transparency_is_kept_exactly_and_indexed_where_256_entries_suffice(
    colors, opacities, mode, size
):
    rng = np.random.default_rng(4)
    indices = rng.integers(0, colors, size, np.uint8)
    # No opacity of 0, whose pixels all share an entry.
    alpha = 255 - rng.integers(0, opacities, size, np.uint8) // np.uint8(1 + (opacities == 256))
    image = Image.open(io.BytesIO(encode_png(indices, PALETTE[:colors], alpha)))
    if indices.size > 4:
        assert image.mode == mode
    decoded = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(decoded[..., 3], alpha)
    np.testing.assert_array_equal(decoded[..., :3], PALETTE[indices])


def test_transparent_pixels_share_one_black_entry():
    indices = np.random.default_rng(1).integers(0, 16, (40, 30), np.uint8)
    alpha = np.random.default_rng(2).choice(np.array([0, 128, 255], np.uint8), (40, 30))
    png = encode_png(indices, PALETTE[:16], alpha)
    decoded = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))
    np.testing.assert_array_equal(decoded[..., 3], alpha)
    np.testing.assert_array_equal(decoded[alpha > 0][:, :3], PALETTE[indices[alpha > 0]])
    assert not decoded[alpha == 0].any()
    # 16 colors, opaque and translucent, and one transparent.
    assert len(Image.open(io.BytesIO(png)).getpalette()) == 3 * 33


def test_an_image_without_visible_pixels_stays_invisible():
    alpha = np.zeros((2, 3), np.uint8)
    png = encode_png(np.zeros((2, 3), np.uint8), np.zeros((0, 3), np.uint8), alpha)
    assert not np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))[..., 3].any()


def chunks_of(png: bytes) -> list[bytes]:
    kinds, position = [], 8
    while position < len(png):
        kinds.append(png[position + 4 : position + 8])
        position += 12 + int.from_bytes(png[position : position + 4])
    return kinds


def test_the_png_says_that_it_is_srgb_and_nothing_that_is_not_needed():
    indices = np.arange(60 * 80, dtype=np.uint8).reshape(60, 80) % 16
    assert chunks_of(encode_png(indices, PALETTE[:16])) == [b"IHDR", b"sRGB", b"PLTE", b"IDAT", b"IEND"]


@given(
    indices=nps.arrays(
        np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.integers(0, 31)
    )
)
@settings(deadline=None)
def test_no_png_is_larger_than_the_rgb_png_of_its_pixels(indices):
    used, indices = np.unique(indices, return_inverse=True)
    indices = indices.astype(np.uint8)
    png = encode_png(indices, PALETTE[used])
    assert len(png) <= len(as_truecolor(PALETTE[used][indices]))
    decoded = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    np.testing.assert_array_equal(decoded, PALETTE[used][indices])


def test_a_photo_stays_far_below_its_rgb_png(photo):
    result = quantize(photo)
    assert result.to_png()[25] == INDEXED
    assert len(result.to_png()) < 0.9 * len(as_truecolor(result.to_pixels()))


@pytest.mark.parametrize("channels", [3, 4])
def test_a_webp_holds_the_very_same_pixels(channels):
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, channels), np.uint8)
    image = Image.open(io.BytesIO(encode_webp(pixels)))
    assert (image.format, image.mode) == ("WEBP", "RGB" if channels == 3 else "RGBA")
    np.testing.assert_array_equal(np.asarray(image), pixels)


def test_an_image_too_long_for_webp_is_refused_in_a_sentence():
    with pytest.raises(ImageTooLargeError, match="at most 16,383 pixels a side"):
        encode_webp(np.zeros((1, 16_384, 3), np.uint8))


def test_a_webp_that_takes_too_much_memory_is_refused_in_a_sentence():
    # Without the memory: rows that are all the same one.
    pixels = np.broadcast_to(np.zeros((1, 8000, 3), np.uint8), (8000, 8000, 3))
    with pytest.raises(ImageTooLargeError, match="more than 48 megapixels takes too much memory"):
        encode_webp(pixels)


def test_a_large_webp_is_compressed_less_and_holds_the_same_pixels(monkeypatch):
    pixels = PALETTE[np.random.default_rng(9).integers(0, 8, (60, 80))]
    thorough = encode_webp(pixels)
    monkeypatch.setattr("colorquant.image.encode._WEBP_THOROUGH_PIXELS", 1000)
    quick = encode_webp(pixels)
    assert quick != thorough
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(quick))), pixels)


def test_the_setting_and_the_file_s_name_choose_the_format(tmp_path, photo):
    result = quantize(photo, Settings(output_format="webp"))
    assert (result.media_type, result.suffix) == ("image/webp", ".webp")
    assert result.encode() == result.to_webp()
    for name, format_name in (("a.png", "PNG"), ("a.webp", "WEBP"), ("a", "WEBP")):
        result.save(tmp_path / name)
        image = Image.open(tmp_path / name)
        assert image.format == format_name
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), result.to_pixels())


def test_an_image_without_a_visible_pixel_loses_its_hidden_colors_like_any_other():
    hidden = np.random.default_rng(2).integers(0, 256, (6, 7, 4), np.uint8)
    hidden[..., 3] = 0
    result = quantize(hidden)
    assert result.colors == 0
    for data in (result.to_png(), result.to_webp()):
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")), 0)


def test_what_is_transparent_takes_no_part_in_choosing_colors(photo):
    hidden = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    hidden[:200, :, 3] = 0
    other = hidden.copy()
    other[:200, :, :3] = np.random.default_rng(3).integers(0, 256, other[:200, :, :3].shape)
    one, two = quantize(hidden), quantize(other)
    assert one.to_png() == two.to_png()
    assert one.source["distinct_colors"] == two.source["distinct_colors"]
    assert one.counts.sum() == (hidden[..., 3] > 0).sum()


def test_place_and_camera_do_not_reach_the_output(photo):
    exif = Image.Exif()
    exif[0x010F] = "Maker of the camera"
    exif[0x8825] = {2: (51.0, 28.0, 38.0)}
    info = PngInfo()
    info.add_text("Comment", "private")
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "PNG", exif=exif, pnginfo=info, dpi=(300, 300))
    result = quantize(buffer.getvalue())
    assert set(chunks_of(result.to_png())) == {b"IHDR", b"sRGB", b"PLTE", b"IDAT", b"IEND"}
    assert b"EXIF" not in result.to_webp()
    assert b"private" not in result.to_webp()


def test_the_palette_in_the_file_is_in_order_of_share(photo):
    result = quantize(photo)
    image = Image.open(io.BytesIO(result.to_png()))
    counts = np.bincount(np.asarray(image).ravel())
    assert (np.diff(counts) <= 0).all()

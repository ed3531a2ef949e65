"""JPEGs: what is missing is never made up, and what does no harm refuses nothing."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from colorquant import ImageError, Settings, TruncatedImageError
from colorquant.image.decode import decode

SETTINGS = Settings()
BROKEN_PROFILE = "The embedded color profile is broken and was ignored."
END = b"\xff\xd9"
SCAN = b"\xff\xda"


def encode(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.fixture
def plain(photo: np.ndarray) -> bytes:
    return encode(Image.fromarray(photo), quality=95)


def as_pillow_sees(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    return data[:2] + b"".join(segments) + data[2:]


def plain_blocks(levels: np.ndarray, chroma: tuple[int, int], sampling: list[tuple[int, int]]) -> bytes:
    """Write a baseline JPEG of one level of luma a block, and of one chroma (T.81).

    Every coefficient is a multiple of 8, so that the difference of two blocks' levels is a whole number, and
    all that is coded. `levels` holds the components' blocks in units of the largest sampling factor.
    """
    across, down = max(h for h, _ in sampling), max(v for _, v in sampling)
    rows, columns = levels.shape[0] // sampling[0][1], levels.shape[1] // sampling[0][0]
    bits, before = "", [0, 0, 0]
    for row in range(rows):
        for column in range(columns):
            for component, (h, v) in enumerate(sampling):
                for y in range(v):
                    for x in range(h):
                        level = chroma[component - 1]
                        if component == 0:
                            level = int(levels[row * v + y, column * h + x])
                        difference = level - 128 - before[component]
                        before[component] = level - 128
                        size = abs(difference).bit_length()
                        bits += f"{size:04b}"
                        if size:
                            offset = (1 << size) - 1 if difference < 0 else 0
                            bits += f"{difference + offset:0{size}b}"
                        bits += "0"  # end of block
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    components = b"".join(bytes([n + 1, h << 4 | v, 0]) for n, (h, v) in enumerate(sampling))
    return b"".join([
        b"\xff\xd8",
        segment(0xDB, b"\0" + b"\x08" * 64),
        segment(0xC0, struct.pack(">BHHB", 8, rows * down * 8, columns * across * 8, 3) + components),
        segment(0xC4, b"\0" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9))),
        segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
        segment(0xDA, b"\x03\x01\0\x02\0\x03\0\0\x3f\0") + data,
        END,
    ])  # fmt: skip


@pytest.mark.parametrize(
    "sampling",
    [
        [(1, 1), (1, 1), (1, 1)],
        [(2, 2), (1, 1), (1, 1)],
        [(4, 2), (1, 1), (1, 1)],
        [(3, 1), (1, 1), (1, 1)],
        [(2, 2), (1, 2), (2, 1)],
        [(1, 1), (2, 2), (2, 2)],
    ],
    ids=["4:4:4", "4:2:0", "4:1:0", "3x1", "2x2 1x2 2x1", "finer chroma"],
)
def test_every_valid_sampling_gives_the_colors_of_its_blocks(sampling):
    h, v = sampling[0]
    levels = np.random.default_rng(0).integers(60, 200, (v * 3, h * 4))
    data = plain_blocks(levels, (100, 150), sampling)
    raster = decode(data, SETTINGS)
    height, width = raster.pixels.shape[:2]
    y = levels.repeat(height // levels.shape[0], 0).repeat(width // levels.shape[1], 1)
    # JFIF 1.02.
    cb, cr = 100 - 128, 150 - 128
    expected = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=-1)
    # Where luma is the coarser, decoders smooth its steps: only the middle of each block is flat.
    if sampling[0] == (1, 1) and sampling[1] != (1, 1):
        flat = np.zeros_like(y, bool)
        flat[4::16, 4::16] = True
    else:
        flat = np.ones_like(y, bool)
    assert np.abs(raster.pixels - expected.clip(0, 255))[flat].max() <= 2
    assert raster.warnings == ()


@pytest.mark.parametrize("sampling", [[(4, 2), (1, 1), (1, 1)], [(3, 1), (1, 1), (1, 1)]])
def test_an_unusual_sampling_is_no_way_around_the_check_for_missing_pixels(sampling):
    h, v = sampling[0]
    data = plain_blocks(np.random.default_rng(0).integers(0, 256, (v * 9, h * 9)), (100, 150), sampling)
    scan = data.index(SCAN)
    for part in (0.2, 0.5, 0.9):
        with pytest.raises(TruncatedImageError):
            decode(data[: scan + 14 + int((len(data) - scan - 16) * part)] + END, SETTINGS)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("stray", [b"", b"\0" * 16], ids=["clean", "stray bytes"])
def test_a_jpeg_that_was_closed_after_a_cut_is_no_half_grey_picture(photo, mode, options, stray):
    data = encode(Image.fromarray(photo).convert(mode), **options)
    after_the_first_segment = 4 + int.from_bytes(data[4:6])
    data = data[:after_the_first_segment] + stray + data[after_the_first_segment:]
    for part in (0.3, 0.6, 0.95):
        with pytest.raises(TruncatedImageError, match="cut off"):
            decode(data[: int(len(data) * part)] + END, SETTINGS)


def test_stray_bytes_between_a_jpeg_s_markers_do_no_harm(photo, plain):
    after_the_first_segment = 4 + int.from_bytes(plain[4:6])
    data = plain[:after_the_first_segment] + b"\0" * 16 + plain[after_the_first_segment:]
    raster = decode(data, SETTINGS)
    assert np.abs(raster.pixels.astype(int) - as_pillow_sees(plain)).max() <= 1
    assert raster.warnings == ()


def test_a_lost_restart_marker_is_told_or_refused(photo):
    data = encode(Image.fromarray(photo), restart_marker_rows=1)
    at = data.index(b"\xff\xd3", data.index(SCAN))
    try:
        (warning,) = decode(data[:at] + data[at + 2 :], SETTINGS).warnings
    except ImageError:
        return
    assert "damaged in places" in warning


@pytest.mark.parametrize("put", [b"\0" * 300, b"\xff\0" * 150], ids=["zeros", "ones"])
def test_damage_within_the_picture_is_told_or_refused(plain, put):
    middle = (plain.index(SCAN) + len(plain)) // 2
    try:
        (warning,) = decode(plain[:middle] + put + plain[middle + 300 :], SETTINGS).warnings
    except ImageError:
        return
    assert "damaged in places" in warning


def test_bytes_behind_the_last_pixel_are_told_and_change_nothing(photo, plain):
    raster = decode(plain[:-2] + b"\x12\x34" * 8 + END, SETTINGS)
    assert np.abs(raster.pixels.astype(int) - as_pillow_sees(plain)).max() <= 1
    assert len(raster.warnings) == 1


def test_a_sequential_jpeg_needs_no_end_if_all_its_pixels_are_there(photo, plain):
    raster = decode(plain[:-2], SETTINGS)
    np.testing.assert_array_equal(raster.pixels, decode(plain, SETTINGS).pixels)
    with pytest.raises(TruncatedImageError):
        decode(plain[:-40], SETTINGS)


def test_a_progressive_jpeg_without_its_end_is_cut_off(photo):
    # It would look whole, and be blurred.
    data = encode(Image.fromarray(photo), progressive=True)
    with pytest.raises(TruncatedImageError):
        decode(data[: data.rindex(SCAN)], SETTINGS)


def test_a_jpeg_without_one_of_its_colors_is_cut_off():
    data = encode(Image.fromarray(np.zeros((16, 16, 3), np.uint8)))
    scan = data.index(SCAN)
    one_color = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\0" * 20
    with pytest.raises(TruncatedImageError):
        decode(data[:scan] + one_color + END, SETTINGS)


def test_a_sequential_scan_whose_last_coefficient_is_zero_is_read(photo, plain):
    scan = plain.index(SCAN)
    last = scan + 2 + int.from_bytes(plain[scan + 2 : scan + 4]) - 2
    assert plain[last] == 63
    raster = decode(plain[:last] + b"\0" + plain[last + 1 :], SETTINGS)
    assert np.abs(raster.pixels.astype(int) - as_pillow_sees(plain)).max() <= 1


def test_of_two_exif_segments_the_first_turns_the_picture(photo):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encode(Image.fromarray(photo), exif=exif)
    second = segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    frame = data.index(b"\xff\xdb")
    turned = decode(data[:frame] + second + data[frame:], SETTINGS).pixels
    assert turned.shape == (photo.shape[1], photo.shape[0], 3)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def piece(number: int, count: int, body: bytes) -> bytes:
    return segment(0xE2, b"ICC_PROFILE\0" + bytes([number, count]) + body)


HALVES = SRGB[:200], SRGB[200:]
ODD_PROFILES = {
    "a number twice": [piece(1, 2, HALVES[0]), piece(1, 2, HALVES[1])],
    "a piece missing": [piece(1, 2, HALVES[0])],
    "counts differ": [piece(1, 2, HALVES[0]), piece(2, 3, HALVES[1])],
    "empty": [piece(1, 1, b"")],
    "no number": [segment(0xE2, b"ICC_PROFILE\0")],
    "twice": [piece(1, 1, SRGB), piece(1, 1, SRGB)],
    "number 0 of 2": [piece(0, 2, HALVES[0]), piece(1, 2, HALVES[1])],
}


@pytest.mark.parametrize("segments", ODD_PROFILES.values(), ids=ODD_PROFILES.keys())
def test_an_odd_profile_marker_is_ignored_with_a_warning(photo, plain, segments):
    raster = decode(with_segments(plain, *segments), SETTINGS)
    assert np.abs(raster.pixels.astype(int) - as_pillow_sees(plain)).max() <= 1
    assert raster.warnings == (BROKEN_PROFILE,)


@pytest.mark.parametrize("number", [(0, 1), (0, 0), (7, 3)])
def test_the_only_piece_of_a_profile_is_the_profile_whatever_its_number(plain, number):
    raster = decode(with_segments(plain, piece(*number, SRGB)), SETTINGS)
    assert raster.warnings == ()


def test_a_profile_behind_the_frame_is_found(photo, plain):
    scan = plain.index(SCAN)
    swapped = SRGB.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")
    raster = decode(plain[:scan] + piece(1, 1, swapped) + plain[scan:], SETTINGS)
    assert np.abs(raster.pixels[..., ::-1].astype(int) - photo).mean() <= 3


@pytest.mark.parametrize("adobe", [b"Adobe\0\x64\0\0\0\0\x09", b"Adobe\0\x64\0\0\0\0\xff"])
def test_an_unknown_color_transform_changes_nothing_and_refuses_nothing(plain, adobe):
    data = with_segments(plain, segment(0xEE, adobe))
    assert np.abs(decode(data, SETTINGS).pixels.astype(int) - as_pillow_sees(data)).max() <= 1

"""What is encoded comes back, in every format."""

from __future__ import annotations

import contextlib
import io
import struct
import sys
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from PIL import Image

import colorquant
from colorquant import CorruptImageError, ImageTooLargeError, Settings, TruncatedImageError
from colorquant.image.decode import decode, read_header

SETTINGS = Settings()
EXIF_ORIENTATION = 0x0112
# How Pillow turns stored pixels for each orientation.
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a[::-1].swapaxes(0, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a[:, ::-1].swapaxes(0, 1),
}
LOSSLESS = {
    "PNG": {},
    "WEBP": {"lossless": True, "exact": True},
    "TIFF": {"compression": "tiff_lzw"},
    "BMP": {},
}
MODES = {"L": (), "RGB": (3,), "RGBA": (4,), "LA": (2,)}
SIDES = st.integers(1, 12)


def encode(image: Image.Image, format_name: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def heic(image: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, **options)
    return buffer.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[EXIF_ORIENTATION] = orientation
    return tags.tobytes()


@st.composite
def pictures(draw):
    mode = draw(st.sampled_from(sorted(MODES)))
    shape = (draw(SIDES), draw(SIDES), *MODES[mode])
    return mode, draw(nps.arrays(np.uint8, shape))


@pytest.mark.parametrize("format_name", sorted(LOSSLESS))
@given(picture=pictures(), orientation=st.integers(1, 8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
def test_lossless_formats_give_back_what_was_encoded(format_name, picture, orientation):
    mode, array = picture
    if format_name == "BMP":
        mode, array, orientation = "RGB", np.dstack([array.reshape(*array.shape[:2], -1)[..., 0]] * 3), 1
    if format_name == "WEBP" and mode == "LA":
        mode, array = "RGBA", np.dstack([array[..., 0]] * 3 + [array[..., 1]])
    data = encode(Image.fromarray(array, mode), format_name, exif=exif(orientation), **LOSSLESS[format_name])
    raster = decode(data, SETTINGS)
    planes = TURNS[orientation](array.reshape(*array.shape[:2], -1))
    has_alpha = planes.shape[2] in (2, 4)
    colors = planes[..., :-1] if has_alpha else planes
    np.testing.assert_array_equal(raster.pixels, np.broadcast_to(colors, raster.pixels.shape))
    alpha = np.full(planes.shape[:2], 255) if raster.alpha is None else raster.alpha
    np.testing.assert_array_equal(alpha, planes[..., -1] if has_alpha else 255)


@given(array=nps.arrays(np.uint16, st.tuples(SIDES, SIDES, st.sampled_from([1, 3, 4]))))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_scaled_to_the_nearest_of_eight(suffix, array):
    array = array[..., 0] if array.shape[2] == 1 else array
    raster = decode(cv2.imencode(suffix, array)[1].tobytes(), SETTINGS)
    expected = np.rint(array / 257).astype(np.uint8)
    if array.ndim == 2:
        np.testing.assert_array_equal(raster.pixels, np.dstack([expected] * 3))
        return
    np.testing.assert_array_equal(raster.pixels, expected[..., 2::-1])
    if array.shape[2] == 4:
        alpha = np.full(array.shape[:2], 255) if raster.alpha is None else raster.alpha
        np.testing.assert_array_equal(alpha, expected[..., 3])


@pytest.mark.parametrize("compression", ["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "zstd"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK"])
def test_a_tiff_of_each_usual_compression_and_mode_gives_back_what_was_encoded(noise, compression, mode):
    image = Image.fromarray(noise).convert(mode)
    data = encode(image, "TIFF", compression=compression)
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_a_fax_is_read(compression):
    stripes = np.tile(np.array([0, 255], np.uint8).repeat(20), (30, 2))
    data = encode(Image.fromarray(stripes).convert("1"), "TIFF", compression=compression)
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels[..., 0], stripes)


@pytest.mark.parametrize("depth", ["float", "32 bit"])
def test_samples_of_more_than_16_bits_are_refused_in_a_sentence(depth):
    deep = np.ones((4, 4), np.float32 if depth == "float" else np.int32)
    with pytest.raises(colorquant.UnsupportedImageError, match="Export it with 8 or 16 bits"):
        decode(encode(Image.fromarray(deep), "TIFF"), SETTINGS)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"keep_rgb": True}, {"subsampling": 2}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_jpegs_decode_to_what_pillow_gives(photo, options, mode):
    data = encode(Image.fromarray(photo).convert(mode), "JPEG", **options)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
    assert np.abs(decode(data, SETTINGS).pixels.astype(int) - expected).max() <= 1


def test_a_cmyk_jpeg_with_adobe_s_marker_decodes_to_its_colors(photo):
    cmyk = Image.fromarray(photo).convert("CMYK")
    data = encode(cmyk, "JPEG", quality=95)
    assert b"Adobe" in data[:100]
    difference = decode(data, SETTINGS).pixels.astype(int) - np.asarray(cmyk.convert("RGB")).astype(int)
    assert np.abs(difference).mean() < 4


@pytest.mark.parametrize("format_name", ["WEBP", "AVIF", "HEIC"])
def test_lossy_formats_come_close(photo, format_name):
    image = Image.fromarray(photo[:200, :300])
    data = heic(image, quality=90) if format_name == "HEIC" else encode(image, format_name, quality=90)
    raster = decode(data, SETTINGS)
    assert raster.format.upper() == format_name
    assert np.abs(raster.pixels.astype(int) - photo[:200, :300]).mean() < 4


@pytest.mark.parametrize("format_name", ["AVIF", "HEIC"])
def test_alpha_of_the_newer_formats_is_kept(photo, format_name):
    image = Image.fromarray(photo[:64, :64])
    alpha = np.zeros((64, 64), np.uint8)
    alpha[:, 32:] = 255
    image.putalpha(Image.fromarray(alpha))
    data = heic(image, quality=90) if format_name == "HEIC" else encode(image, "AVIF", quality=90)
    assert np.abs(decode(data, SETTINGS).alpha.astype(int) - alpha).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_name", ["JPEG", "AVIF", "HEIC", "PNG", "WEBP", "TIFF"])
def test_orientation_is_applied_once(format_name, orientation):
    # Dark left, bright right, red below: no turn looks like another.
    stored = np.zeros((32, 64, 3), np.uint8)
    stored[:, 32:] = 200
    stored[16:, :, 0] = 255
    image = Image.fromarray(stored)
    if format_name == "HEIC":
        data = heic(image, quality=95, exif=exif(orientation))
    else:
        data = encode(image, format_name, exif=exif(orientation))
    shown = TURNS[orientation](stored)
    pixels = decode(data, SETTINGS).pixels
    assert pixels.shape == shown.shape
    assert np.abs(pixels.astype(int) - shown).mean() < 12


def test_the_four_turned_landscapes_look_the_same(data_folder):
    first, *others = (
        decode(file.read_bytes(), SETTINGS).pixels.astype(int)
        for file in sorted((data_folder / "exif").glob("*.jpg"))
    )
    assert len(others) == 3
    for other in others:
        assert other.shape == first.shape
        # They were compressed anew: Pillow sees up to 3.7 levels as well. Upside down it is 69.
        assert np.abs(other - first).mean() < 4
    assert np.abs(first[::-1] - first).mean() > 40


def test_a_gif_keeps_its_transparency(noise):
    few = Image.fromarray(noise).quantize(8)
    raster = decode(encode(few, "GIF", transparency=3), SETTINGS)
    np.testing.assert_array_equal(raster.alpha == 0, np.asarray(few) == 3)


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_first_of_several_frames_is_used_and_told(noise, format_name):
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (10, 100, 200)]
    data = encode(frames[0], format_name, save_all=True, append_images=frames[1:])
    result = colorquant.quantize(data)
    assert result.source["frames"] == 3
    assert any("3 frames or pages; the first was used" in warning for warning in result.warnings)
    assert np.abs(result.palette[0].astype(int) - 10).max() <= 2


def test_a_second_picture_of_a_heic_is_told(noise):
    file = pillow_heif.from_pillow(Image.fromarray(noise))
    file.add_from_pillow(Image.fromarray(noise[::-1]))
    buffer = io.BytesIO()
    file.save(buffer)
    assert decode(buffer.getvalue(), SETTINGS).frames == 2


def all_formats() -> dict[str, bytes]:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8))
    files = {name: encode(image, name) for name in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")}
    return files | {"HEIC": heic(image)}


@pytest.mark.parametrize("part", [0.3, 0.7, 0.97])
@pytest.mark.parametrize(("format_name", "data"), all_formats().items(), ids=all_formats().keys())
def test_a_cut_off_file_is_refused_and_says_how_much_was_there(format_name, data, part):
    cut = data[: int(len(data) * part)]
    with pytest.raises(TruncatedImageError, match=f"{len(cut):,} bytes are there"):
        decode(cut, SETTINGS)


def all_headers() -> dict[str, bytes]:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8))
    return all_formats() | {name: encode(image, name) for name in ("JPEG2000", "ICO", "TGA")}


@pytest.mark.parametrize(("format_name", "data"), all_headers().items(), ids=all_headers().keys())
def test_a_header_cut_at_any_byte_is_one_of_our_errors(format_name, data):
    for end in range(1, min(len(data), 400)):
        with pytest.raises(colorquant.ImageError):
            decode(data[:end], SETTINGS)


@pytest.mark.parametrize(("format_name", "data"), all_headers().items(), ids=all_headers().keys())
@given(draw=st.data())
@settings(max_examples=150, deadline=None)
def test_a_bent_header_is_read_or_one_of_our_errors(format_name, data, draw):
    bent = bytearray(data[: draw.draw(st.integers(1, 400))])
    at = draw.draw(st.integers(0, len(bent) - 1))
    put = draw.draw(st.one_of(st.binary(max_size=8), st.sampled_from([b"\0\0\0\0", b"\xff\xff\xff\xff"])))
    bent[at : at + len(put)] = put
    with contextlib.suppress(colorquant.ImageError):
        read_header(bytes(bent), SETTINGS)


def test_a_decoder_that_is_not_installed_is_no_damage_to_the_file(monkeypatch):
    data = all_formats()["HEIC"]
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(ImportError, match="pillow_heif"):
        decode(data, SETTINGS)


@pytest.mark.parametrize("size", [16, 18, 19])
def test_a_jpeg_that_ends_in_its_profile_s_marker_is_cut_off(size):
    with pytest.raises(TruncatedImageError, match=f"{size} bytes are there"):
        read_header(b"\xff\xd8\xff\xe2\0\x10ICC_PROFILE\0\1\1"[:size], SETTINGS)


def test_what_a_reader_raises_on_its_own_account_is_one_of_our_errors(monkeypatch, photo_bytes):
    def fail(*_: object) -> None:
        raise IndexError("index out of range")

    monkeypatch.setattr("colorquant.image.formats.jpeg.read", fail)
    with pytest.raises(CorruptImageError, match=r"JPEG is damaged.*index out of range"):
        read_header(photo_bytes, SETTINGS)


def test_the_type_is_told_by_the_bytes_and_not_by_the_name(tmp_path, noise):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encode(Image.fromarray(noise), "WEBP", lossless=True))
    assert colorquant.quantize(path).source["format"] == "WebP"


def bombs() -> dict[str, bytes]:
    """Small files that say they are huge."""
    files = all_formats()
    wide = (65_500).to_bytes(2)
    frame = files["JPEG"].index(b"\xff\xc0")
    png_size = b"IHDR" + struct.pack(">II", 60_000, 60_000) + files["PNG"][24:29]
    webp = (
        b"RIFF"
        + struct.pack("<I", 22)
        + b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\0" * 4
        + b"\xff\xff\xfe" * 2
    )
    gif = files["GIF"]
    tiff = bytearray(files["TIFF"])
    directory = int.from_bytes(tiff[4:8], "little")
    for entry in range(directory + 2, directory + 26, 12):
        tiff[entry + 2 : entry + 12] = struct.pack("<HII", 4, 1, 1_000_000)
    made = {
        "JPEG": files["JPEG"][: frame + 5] + wide + wide + files["JPEG"][frame + 9 :],
        "PNG": files["PNG"][:12] + png_size + struct.pack(">I", zlib.crc32(png_size)) + files["PNG"][33:],
        "WebP": webp,
        "TIFF": bytes(tiff),
        "BMP": files["BMP"][:18] + struct.pack("<ii", 60_000, -60_000) + files["BMP"][26:],
        "GIF screen": gif[:6] + b"\xff\xff\xff\xff" + gif[10:],
    }
    image_block = gif.index(b"\x2c\0\0\0\0", 13)
    made["GIF frame"] = gif[: image_block + 5] + b"\xff\xff\xff\xff" + gif[image_block + 9 :]
    for name in ("AVIF", "HEIC"):
        size = files[name].index(b"ispe") + 8
        made[name] = files[name][:size] + struct.pack(">II", 60_000, 60_000) + files[name][size + 8 :]
    return made


@pytest.mark.parametrize(("name", "data"), bombs().items(), ids=bombs().keys())
def test_a_decompression_bomb_is_refused_by_its_header(name, data):
    with pytest.raises(ImageTooLargeError, match="limit"):
        read_header(data, SETTINGS)


def test_a_side_over_65535_is_refused_however_thin_the_image_is():
    strip = Image.fromarray(np.zeros((1, 65_536), np.uint8))
    with pytest.raises(ImageTooLargeError, match="65,535 a side"):
        decode(encode(strip, "PNG"), SETTINGS)


def png_with(noise: np.ndarray, kind: bytes, body: bytes) -> bytes:
    data = encode(Image.fromarray(noise), "PNG")
    part = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + part + data[33:]


def test_a_profile_that_unpacks_without_end_is_refused(noise):
    bomb = b"icc\0\0" + zlib.compress(b"\0" * 64 * 2**20)
    with pytest.raises(ImageTooLargeError, match="color profile unpacks to more than"):
        decode(png_with(noise, b"iCCP", bomb), SETTINGS)


def test_text_that_would_unpack_without_end_is_never_unpacked(noise):
    bomb = b"text\0\1\0\0\0" + zlib.compress(b"\0" * 64 * 2**20)
    for kind in (b"iTXt", b"zTXt"):
        np.testing.assert_array_equal(decode(png_with(noise, kind, bomb), SETTINGS).pixels, noise)


def test_a_jpeg_of_endless_scans_is_refused(photo):
    data = encode(Image.fromarray(photo), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    with pytest.raises(CorruptImageError, match="101 scans or more"):
        decode(data[:-2] + data[last:-2] * 100 + b"\xff\xd9", SETTINGS)


def test_a_tiff_whose_pages_go_round_in_a_circle_is_counted_once(noise):
    data = bytearray(encode(Image.fromarray(noise), "TIFF"))
    directory = int.from_bytes(data[4:8], "little")
    end = directory + 2 + 12 * int.from_bytes(data[directory : directory + 2], "little")
    data[end : end + 4] = directory.to_bytes(4, "little")
    assert decode(bytes(data), SETTINGS).frames <= 2


def test_pillow_s_own_limit_is_ours_while_decoding_and_the_program_s_again_after(monkeypatch, noise):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    data = encode(Image.fromarray(noise), "TIFF", compression="tiff_lzw")
    np.testing.assert_array_equal(decode(data, SETTINGS).pixels, noise)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_heif_is_loaded_only_for_a_heic(noise):
    code = (
        "import sys; from colorquant.image.decode import decode; from colorquant import Settings;"
        "decode(sys.stdin.buffer.read(), Settings()); print('pillow_heif' in sys.modules)"
    )
    import subprocess  # noqa: PLC0415

    for data, loaded in (
        (encode(Image.fromarray(noise), "PNG"), b"False"),
        (heic(Image.fromarray(noise)), b"True"),
    ):
        printed = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
        assert printed.stdout.strip() == loaded
        assert printed.stderr == b""


def test_a_12_bit_jpeg_is_refused_in_a_sentence(noise):
    data = encode(Image.fromarray(noise), "JPEG")
    frame = data.index(b"\xff\xc0")
    deep = data[: frame + 4] + b"\x0c" + data[frame + 5 :]
    with pytest.raises(colorquant.UnsupportedImageError, match="12-bit JPEG"):
        decode(deep, SETTINGS)

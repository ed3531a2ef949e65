"""PNG's header, and all that is said of the colors (PNG, third edition)."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from colorquant.errors import ImageTooLargeError
from colorquant.image.header import BROKEN_PROFILE, Header, check_size, corrupt, truncated
from colorquant.image.limits import LARGEST_PROFILE, MEGA, Limits
from colorquant.image.png_chunks import ESSENTIAL, GREY, GREY_ALPHA, INDEXED, RGB, RGB_ALPHA, chunks
from colorquant.image.png_pixels import decode_pixels
from colorquant.image.rgb_spaces import (
    RgbSpace,
    from_code_points,
    gamma_curve,
    is_srgb,
    matrix_to_srgb,
    srgb_curve,
)
from colorquant.image.samples import Samples
from colorquant.image.tags import exif_orientation

# 11.2.1, table 12: which bit depths each color type may have.
_DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    INDEXED: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGB_ALPHA: (8, 16),
}
_COLORS = frozenset({b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"})
# A gamma of 1/2.2 stands for sRGB's curve; 5 % around it is not seen.
_SRGB_GAMMA = range(43_290, 47_850)


def read(data: bytes, limits: Limits) -> Header:
    """Read and check a PNG's chunks."""
    if len(data) < 33:
        raise truncated("PNG", data, 33)
    if data[12:16] != b"IHDR":
        raise corrupt("PNG", "it does not start with its header")
    # 11.2.1: width, height, bit depth, color type, compression, filter, interlace.
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    depth, color_type, *methods = data[24:29]
    check_size("PNG", width, height, limits)
    if depth not in _DEPTHS.get(color_type, ()) or methods[0] or methods[1] or methods[2] > 1:
        raise corrupt("PNG", f"color type {color_type} with {depth} bits, methods {methods} does not exist")
    known = _read_chunks(data)
    return Header("PNG", width, height, **known)


def _read_chunks(data: bytes) -> dict[str, Any]:
    known: dict[str, Any] = {}
    colors: dict[bytes, bytes] = {}
    kinds = set()
    for chunk in chunks(data):
        body = data[chunk.body : chunk.end - 4]
        if chunk.kind in ESSENTIAL and zlib.crc32(data[chunk.start + 4 : chunk.end - 4]) != int.from_bytes(
            data[chunk.end - 4 : chunk.end]
        ):
            raise corrupt("PNG", f"the checksum of its {chunk.kind.decode()} part is wrong")
        if chunk.kind == b"acTL":
            known["frames"] = max(1, int.from_bytes(body[:4]))
        elif chunk.kind == b"eXIf":
            known["orientation"] = exif_orientation(body)
        elif chunk.kind in _COLORS:
            colors.setdefault(chunk.kind, body)
        kinds.add(chunk.kind)
    if b"IDAT" not in kinds:
        raise corrupt("PNG", "it has no image data")
    # 4.3: which of them counts if there are several.
    if b"cICP" in colors:
        known["space"], problem = _read_code_points(colors[b"cICP"])
    elif b"iCCP" in colors:
        known["profile"], problem = _inflate_profile(colors[b"iCCP"])
    elif b"sRGB" in colors:
        problem = ()
    else:
        known["space"], problem = _read_gamma(colors.get(b"gAMA"), colors.get(b"cHRM"))
    return known | {"warnings": problem}


def _read_code_points(body: bytes) -> tuple[RgbSpace | None, tuple[str, ...]]:
    # 11.3.2.6: primaries, transfer, matrix, and whether all numbers are used.
    if len(body) < 4 or body[2] or not body[3]:
        return None, ("The PNG's color space (cICP) is not one for RGB and was not applied.",)
    return from_code_points(body[0], body[1])


def _read_gamma(gamma: bytes | None, chromaticities: bytes | None) -> tuple[RgbSpace | None, tuple[str, ...]]:
    """Apply a gamma where it comes with chromaticities, and warn of it where it comes alone.

    By itself it is what editors wrote by mistake for years, and most programs pass over it.
    """
    # 11.3.2.2: times 100 000, as an encoder's exponent.
    exponent = int.from_bytes(gamma or b"") or _SRGB_GAMMA.start
    is_usual = exponent in _SRGB_GAMMA
    primaries = _read_primaries(chromaticities or b"")
    if not primaries or is_srgb(primaries):
        told = f"The PNG has a gamma of {exponent / 100_000:.2f}, which was not applied."
        return None, () if is_usual else (told,)
    try:
        matrix = matrix_to_srgb(primaries)
    except (ValueError, ZeroDivisionError):
        return None, ("The PNG's primaries (cHRM) are impossible and were not applied.",)
    return RgbSpace((srgb_curve if is_usual else gamma_curve(100_000 / exponent),) * 3, matrix), ()


def _read_primaries(body: bytes) -> list[tuple[float, float]]:
    # 11.3.2.1: x and y of white, red, green and blue, times 100 000.
    if len(body) != 32:
        return []
    numbers = [number / 100_000 for number in struct.unpack(">8I", body)]
    white, *primaries = zip(numbers[::2], numbers[1::2], strict=True)
    return [*primaries, white]


def _inflate_profile(body: bytes) -> tuple[bytes | None, tuple[str, ...]]:
    # 11.3.2.3: a name, a zero byte, the compression method, then the compressed profile.
    compressed = body[body.find(b"\0") + 2 :]
    try:
        profile = zlib.decompressobj().decompress(compressed, LARGEST_PROFILE + 1)
    except zlib.error:
        return None, (BROKEN_PROFILE,)
    if len(profile) > LARGEST_PROFILE:
        raise ImageTooLargeError(
            f"The PNG's color profile unpacks to more than {LARGEST_PROFILE / MEGA:.1f} MB. "
            "Export the image without it."
        )
    return profile, ()


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode in bands of rows."""
    return decode_pixels(data, header, limits)

"""TIFF's first page (TIFF 6.0), and its pixels by Pillow."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from colorquant.errors import UnsupportedImageError
from colorquant.image import tags
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_with
from colorquant.image.samples import Samples, row_blocks, scale_to_8_bits
from colorquant.image.tags import Directory, count_directories, read_directory
from colorquant.image.tiff_parts import DIFFERENCES, WITH_DIFFERENCES, read_deep

_UNSIGNED = 1
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _SEPARATED = 0, 1, 2, 5
_COLOR_FILTER_ARRAY, _LINEAR_RAW = 32803, 34892
_REDUCED = 1  # a bit of NewSubfileType: a smaller version of another picture in the file
_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA = 1, 2
_NONE, _PACKBITS, _OLD_JPEG, _JPEG, _LZMA = 1, 32773, 6, 7, 34925
_FAX = frozenset({2, 3, 4, 32771})
_LOSSLESS = WITH_DIFFERENCES | {_NONE, _PACKBITS}
_COMPRESSIONS = _LOSSLESS | _FAX | {_OLD_JPEG, _JPEG, _LZMA}
# How many of the samples are colors, by the photometric interpretation.
_COLORS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _SEPARATED: 4}


def read(data: bytes, limits: Limits) -> Header:
    """Read the first directory, and count the others."""
    try:
        page = read_directory(data)
    except struct.error:
        raise truncated("TIFF", data) from None
    width, height = page.first(tags.WIDTH, 0), page.first(tags.HEIGHT, 0)
    _refuse_raw(page)
    check_size("TIFF", width, height, limits)
    if tags.TILE_WIDTH in page.tags:
        check_size("TIFF's tile", page.first(tags.TILE_WIDTH, 0), page.first(tags.TILE_HEIGHT, 0), limits)
    _check_complete(data, page)
    _check_supported(page)
    orientation = page.first(tags.ORIENTATION, 1)
    return Header(
        "TIFF",
        width,
        height,
        frames=count_directories(data, page),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        profile=page.profile,
    )


def _refuse_raw(page: Directory) -> None:
    is_raw = tags.DNG_VERSION in page.tags or page.first(tags.PHOTOMETRIC, _RGB) in (
        _COLOR_FILTER_ARRAY,
        _LINEAR_RAW,
    )
    if is_raw or page.first(tags.NEW_SUBFILE_TYPE, 0) & _REDUCED:
        raise UnsupportedImageError(
            "This is a camera's raw file, or another TIFF that starts with a preview of its picture. "
            "Export it as JPEG, or as TIFF with the picture first."
        )


def _check_complete(data: bytes, page: Directory) -> None:
    tiled = tags.TILE_OFFSETS in page.tags
    offsets = page.tags.get(tags.TILE_OFFSETS if tiled else tags.STRIP_OFFSETS, ())
    sizes = page.tags.get(tags.TILE_BYTES if tiled else tags.STRIP_BYTES, ())
    if not offsets or min(offsets) < 0:
        raise corrupt("TIFF", "it does not say where its pixels are, or they are beyond its end")
    needed = max(offset + size for offset, size in zip(offsets, sizes or (1,) * len(offsets), strict=False))
    if needed > len(data):
        raise truncated("TIFF", data, needed)


def _check_supported(page: Directory) -> None:
    bits = page.tags.get(tags.BITS, (1,))
    if max(bits) > 16 or set(page.tags.get(tags.SAMPLE_FORMAT, (_UNSIGNED,))) != {_UNSIGNED}:
        raise UnsupportedImageError(
            f"The TIFF has {max(bits)}-bit, signed or floating-point samples; up to 16 bits without a sign "
            "are read. Export it with 8 or 16 bits."
        )
    compression = page.first(tags.COMPRESSION, _NONE)
    if compression not in _COMPRESSIONS:
        raise UnsupportedImageError(
            f"The TIFF is compressed in a way that is not read (number {compression}). "
            "Export it with LZW or Deflate."
        )
    is_deep = set(bits) == {16}
    if not _is_plain(page) if is_deep else page.first(tags.SAMPLES, 1) > TiffImagePlugin.MAX_SAMPLESPERPIXEL:
        raise _unusual(page)


def _is_plain(page: Directory) -> bool:
    """Whether the samples are grey, RGB or CMYK, stored as they are but for a lossless compression."""
    colors = _COLORS.get(page.first(tags.PHOTOMETRIC, _BLACK_IS_ZERO), 1 << 16)
    return (
        page.first(tags.COMPRESSION, _NONE) in _LOSSLESS
        and page.first(tags.SAMPLES, 1) >= colors
        and page.first(tags.FILL_ORDER, 1) == 1
        and page.first(tags.PREDICTOR, 1) in (1, DIFFERENCES)
    )


def _unusual(page: Directory) -> UnsupportedImageError:
    samples, bits = page.first(tags.SAMPLES, 1), "/".join(map(str, page.tags.get(tags.BITS, (1,))[:8]))
    model = page.first(tags.PHOTOMETRIC, _BLACK_IS_ZERO)
    return UnsupportedImageError(
        f"The TIFF stores its pixels in a way that is not read ({samples} samples of {bits} bits, color "
        f"model {model}). Export it as grey, RGB or CMYK with 8 or 16 bits."
    )


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode the first page."""
    page = read_directory(data)
    bits = page.tags.get(tags.BITS, (1,))
    try:
        if set(bits) == {16}:
            return _deep_samples(data, page, limits)
        samples = decode_with(TiffImagePlugin.TiffImageFile, data, header, limits)
    except (SyntaxError, OSError) as error:
        if "unknown" in str(error) or "Missing dimensions" in str(error):
            raise _unusual(page) from error
        if "truncated" in str(error):
            # All that the tags point to is there.
            raise corrupt("TIFF", "its parts hold fewer pixels than its tags say") from error
        raise
    values: NDArray[Any] = samples.values
    if values.dtype == np.uint16:
        values = scale_to_8_bits(values, bits[0])
    # Pillow has turned it already, as it does with no other format.
    return replace(samples, values=values, orientation=1)


def _deep_samples(data: bytes, page: Directory, limits: Limits) -> Samples:
    """Tell the colors from the other samples, of which the first may be the alpha."""
    model = page.first(tags.PHOTOMETRIC, _BLACK_IS_ZERO)
    deep = read_deep(data, page, _COLORS[model], limits)
    values = deep.colors[..., 0] if _COLORS[model] == 1 else deep.colors
    if model == _WHITE_IS_ZERO:
        np.subtract(65535, values, out=values)
    # Programs that do not say what a fourth sample is mean alpha, but for the fifth of CMYK.
    usual = _UNASSOCIATED_ALPHA if model != _SEPARATED else 0
    kind = page.first(tags.EXTRA_SAMPLES, usual)
    if deep.extra is None or kind not in (_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA):
        return Samples(values, warnings=deep.warnings)
    if kind == _ASSOCIATED_ALPHA:
        _undo_multiplication(deep.colors, deep.extra)
    return Samples(values, scale_to_8_bits(deep.extra), warnings=deep.warnings)


def _undo_multiplication(colors: NDArray[np.uint16], alpha: NDArray[np.uint16]) -> None:
    for rows in row_blocks(colors):
        divisor = np.maximum(alpha[rows], 1).astype(np.uint32)[..., None]
        straight = (colors[rows].astype(np.uint32) * 65535 + divisor // 2) // divisor
        colors[rows] = np.minimum(straight, 65535)

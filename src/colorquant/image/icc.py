"""ICC profiles of the plain kind: a curve for each channel, and a matrix (ICC.1:2022, 8.3)."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from colorquant.image.rgb_spaces import Curve, RgbSpace, gamma_curve

# What sRGB's primaries are in the connection space, whose white is D50.
_SRGB_COLORANTS = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
# 10.18, table 68: how many parameters each function type has.
_PARAMETERS = (1, 3, 4, 5, 7)


def read_plain(profile: bytes, model: str) -> RgbSpace | None:
    """Read a plain profile for grey ("L") or RGB; None if it is of another kind, or broken."""
    try:
        tags = _tags(profile)
        # 7.2.9: a curve to lightness is none to light.
        if b"A2B0" in tags or profile[20:24] != b"XYZ ":
            return None
        if model == "L":
            return RgbSpace((_curve(tags[b"kTRC"]),) * 3, np.eye(3))
        red, green, blue = (_curve(tags[letter + b"TRC"]) for letter in (b"r", b"g", b"b"))
        colorants = np.column_stack([_xyz(tags[letter + b"XYZ"]) for letter in (b"r", b"g", b"b")])
        return RgbSpace((red, green, blue), np.linalg.inv(_SRGB_COLORANTS) @ colorants)
    except (struct.error, KeyError, IndexError, ValueError, FloatingPointError):
        return None


def _tags(profile: bytes) -> dict[bytes, bytes]:
    # 7.3: how many, then name, offset and size of each.
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(min(count, 100)))
    return {name: profile[offset : offset + size] for name, offset, size in entries}


def _xyz(tag: bytes) -> NDArray[np.float64]:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> Curve:
    curve = _any_curve(tag)
    # None that leaves the numbers on its way, such as a power below zero.
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        curve(np.linspace(0, 1, 1 << 16)).astype(np.float32)
    return curve


def _any_curve(tag: bytes) -> Curve:
    if tag.startswith(b"para"):
        return _parametric(tag)
    if not tag.startswith(b"curv"):
        raise ValueError("not a curve")
    # 10.6: no entry for a straight line, one for a power, more for a table.
    (count,) = struct.unpack_from(">I", tag, 8)
    if count <= 1:
        return gamma_curve(struct.unpack_from(">H", tag, 12)[0] / 256 if count else 1.0)
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    return lambda code: np.interp(code, np.linspace(0, 1, count), table)


def _parametric(tag: bytes) -> Curve:
    (kind,) = struct.unpack_from(">H", tag, 8)
    numbers = [n / 65536 for n in struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)]
    if kind == 0:
        return gamma_curve(numbers[0])
    gamma, a, b = numbers[:3]
    # Below d the line c x + f, from there on the power plus e.
    c, d, e, f = 0.0, -b / a if a else 0.0, 0.0, 0.0
    if kind == 2:
        e = f = numbers[3]
    elif kind >= 3:
        c, d, e, f = (*numbers[3:], 0.0, 0.0)[:4]
    return lambda code: np.where(code >= d, np.maximum(a * code + b, 0) ** gamma + e, c * code + f)

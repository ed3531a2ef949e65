"""AVIF's boxes, and its pixels by Pillow."""

from __future__ import annotations

from dataclasses import replace

from PIL import AvifImagePlugin

from colorquant.image.boxes import Box, Meta, boxes, number, read_boxes, read_meta
from colorquant.image.header import Header, corrupt
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_described_with
from colorquant.image.samples import Samples


def read(data: bytes, limits: Limits) -> Header:
    """Read the boxes that tell the size."""
    return read_boxes("AVIF", data, limits)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow, which finds out what belongs to the picture as well."""
    meta = read_meta("AVIF", data)
    mended = _with_size_of_alpha(data, meta)
    samples = decode_described_with(AvifImagePlugin.AvifImageFile, mended, header, limits)
    # Pillow does not crop.
    for box in meta.of(meta.primary, b"clap"):
        samples = _crop(samples, data, box)
    return samples


def _crop(samples: Samples, data: bytes, box: Box) -> Samples:
    """Leave the clean aperture (ISO/IEC 14496-12, 12.1.4): a size, and the offset of its middle."""
    # Fractions, of which only the offsets have a sign.
    fractions = [number(data, box.body + 4 * i, 4) for i in range(8)]
    fractions[4::2] = [n - (1 << 32) if n >> 31 else n for n in fractions[4::2]]
    if not all(fractions[1::2]):
        raise corrupt("AVIF", "its clean aperture has no size")
    width, height, right, down = (n / d for n, d in zip(fractions[::2], fractions[1::2], strict=True))
    full_height, full_width = samples.values.shape[:2]
    left, top = round((full_width - width) / 2 + right), round((full_height - height) / 2 + down)
    rows, columns = slice(top, top + round(height)), slice(left, left + round(width))
    if not (0 <= left < columns.stop <= full_width and 0 <= top < rows.stop <= full_height):
        raise corrupt("AVIF", "its clean aperture lies outside")
    alpha = None if samples.alpha is None else samples.alpha[rows, columns].copy()
    return replace(samples, values=samples.values[rows, columns].copy(), alpha=alpha)


def _with_size_of_alpha(data: bytes, meta: Meta) -> bytes:
    """Give an alpha without a size that of its picture: libavif insists on one."""
    sizes = [i for i, box in enumerate(meta.properties, 1) if box in meta.of(meta.primary, b"ispe")]
    for item, others in meta.auxiliaries.items():
        if sizes and meta.primary in others and item in meta.associations and not meta.of(item, b"ispe"):
            return _associate(data, meta.associations[item][0], sizes[0])
    return data


def _associate(data: bytes, where: int, index: int) -> bytes:
    """Add a property to an item's, and move along all that is behind."""
    around = [box for box in boxes("AVIF", data) if box.start < where < box.end]
    size = 2 if number(data, around[-1].body + 1, 3) & 1 else 1
    mended = bytearray(data)
    mended[where] += 1
    for box in around:
        mended[box.start : box.start + 4] = (number(data, box.start, 4) + size).to_bytes(4)
    for position, width in _offsets(data):
        offset = number(data, position, width)
        if offset > where:
            mended[position : position + width] = (offset + size).to_bytes(width)
    mended[where + 1 : where + 1] = index.to_bytes(size)
    return bytes(mended)


def _offsets(data: bytes) -> list[tuple[int, int]]:
    """Find where offsets into the file are written, and in how many bytes (ISO/IEC 14496-12, 8.11.3)."""
    found = []
    (box,) = (box for box in boxes("AVIF", data) if box.kind == b"iloc")
    version = data[box.body]
    offset_size, length_size = data[box.body + 4] >> 4, data[box.body + 4] & 15
    base_size, index_size = data[box.body + 5] >> 4, data[box.body + 5] & 15 if version else 0
    id_size = 4 if version == 2 else 2
    position = box.body + 6 + id_size
    for _ in range(number(data, box.body + 6, id_size)):
        position += id_size
        in_file = not version or not data[position + 1] & 15
        base = position + (4 if version else 2)
        position = base + base_size + 2
        has_base = bool(number(data, base, base_size))
        if in_file and has_base:
            found.append((base, base_size))
        for _ in range(number(data, base + base_size, 2)):
            if in_file and not has_base:
                found.append((position + index_size, offset_size))
            position += index_size + offset_size + length_size
    return found

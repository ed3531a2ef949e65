"""AVIF's boxes, and its pixels by Pillow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PIL import AvifImagePlugin, _avif

from colorquant.image.boxes import Box, boxes, number, read_boxes, read_meta
from colorquant.image.header import Header, corrupt
from colorquant.image.limits import Limits
from colorquant.image.pillow import decode_described_with
from colorquant.image.samples import Samples

# Pixels. Each further thread of libavif takes 26 MB at 100 megapixels, and with one all takes 1.18 GB.
_LARGE = 50_000_000


class _AvifFile(AvifImagePlugin.AvifImageFile):
    """Pillow's, with less memory."""

    def _open(self) -> None:
        super()._open()
        if self.width * self.height > _LARGE and self.fp:
            self.fp.seek(0)
            self._decoder = _avif.AvifDecoder(self.fp.read(), AvifImagePlugin.DECODE_CODEC_CHOICE, 1)

    def load(self) -> Any:
        loaded = super().load()
        # It holds the picture once more.
        self._decoder = None
        return loaded


def read(data: bytes, limits: Limits) -> Header:
    """Read the boxes that tell the size."""
    return read_boxes("AVIF", data, limits)


def decode(data: bytes, header: Header, limits: Limits) -> Samples:
    """Decode by Pillow, which finds out what belongs to the picture as well."""
    samples = decode_described_with(_AvifFile, _with_one_list(data), header, limits)
    meta = read_meta("AVIF", data)
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


def _with_one_list(data: bytes) -> bytes:
    """Join lists of associations that are of the same kind, of which there may be only one (23008-12, 9.3.1).

    libavif insists on it, and some encoders write one for each picture. What is saved becomes free space.
    """
    around = [box for box in boxes("AVIF", data) if box.kind == b"iprp"]
    lists = [box for box in boxes("AVIF", data) if box.kind == b"ipma"]
    kinds = {data[box.body : box.body + 4] for box in lists}
    if len(lists) < 2 or len(kinds) > 1 or len(around) != 1:
        return data
    count = sum(number(data, box.body + 4, 4) for box in lists)
    body = b"".join([*kinds, count.to_bytes(4), *(data[box.body + 8 : box.end] for box in lists)])
    joined = (8 + len(body)).to_bytes(4) + b"ipma" + body
    start, end = lists[0].start, around[0].end
    saved = end - start - len(joined)
    if lists[-1].end != end or saved != 16 * (len(lists) - 1):
        return data
    mended = bytearray(data)
    mended[start:end] = joined + saved.to_bytes(4) + b"free" + b"\0" * (saved - 8)
    size = around[0].end - around[0].start - saved
    mended[around[0].start : around[0].start + 4] = size.to_bytes(4)
    return bytes(mended)

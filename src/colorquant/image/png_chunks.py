"""PNG's chunks (PNG, third edition)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from colorquant.image.header import truncated
from colorquant.image.limits import check_blocks

MAGIC = b"\x89PNG\r\n\x1a\n"
GREY, RGB, INDEXED, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
# All that pixels depend on. Text, profiles and animation are left out of what the decoders get.
ESSENTIAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})


@dataclass(frozen=True)
class Chunk:
    """A chunk's type, and where it and its body stand."""

    kind: bytes
    start: int
    body: int
    end: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Walk the chunks to the last one (5.3: length, type, body, checksum)."""
    position, count = len(MAGIC), 0
    while position + 12 <= len(data):
        check_blocks(count := count + 1, "PNG")
        end = position + 12 + int.from_bytes(data[position : position + 4])
        if end > len(data):
            raise truncated("PNG", data, end)
        chunk = Chunk(data[position + 4 : position + 8], position, position + 8, end)
        yield chunk
        if chunk.kind == b"IEND":
            return
        position = end
    raise truncated("PNG", data, position + 12)


def essential(data: bytes) -> bytes:
    """Leave only what the pixels depend on.

    Decoders then find no text, profile or animation to unpack, and no transparency of the kinds that they
    see differently; an indexed image keeps its transparency.
    """
    kept = ESSENTIAL | {b"tRNS"} if data[25] == INDEXED else ESSENTIAL
    # A palette in an RGB image is a suggestion, and libpng complains about some.
    kept = kept if data[25] == INDEXED else kept - {b"PLTE"}
    return MAGIC + b"".join(data[c.start : c.end] for c in chunks(data) if c.kind in kept)


def transparent_color(data: bytes) -> list[int] | None:
    """Find the one color that a grey or RGB image declares transparent (11.3.1.1)."""
    samples = {GREY: 1, RGB: 3}.get(data[25])
    for chunk in chunks(data):
        if chunk.kind == b"IDAT" or samples is None:
            break
        if chunk.kind == b"tRNS" and chunk.end - 4 - chunk.body >= 2 * samples:
            body = data[chunk.body : chunk.end - 4]
            return [int.from_bytes(body[i : i + 2]) & ((1 << data[24]) - 1) for i in range(0, 2 * samples, 2)]
    return None

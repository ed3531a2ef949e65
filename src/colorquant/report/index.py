"""A page that leads to the reports of many images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from colorquant.report.headline import savings
from colorquant.report.page import data_url
from colorquant.report.templates import script, template


@dataclass(frozen=True)
class IndexEntry:
    """One report: its path as seen from the index page, a small WebP, and each color with its share."""

    name: str
    link: str
    thumbnail: bytes
    strip: Sequence[tuple[str, float]]
    bytes_before: int
    bytes_after: int

    @property
    def parts(self) -> list[str]:
        """The name in parts that lines may break between."""
        return re.findall(r"[^/_\- ]*[/_\- ]?", self.name)[:-1]

    @property
    def part(self) -> float:
        """The output's size as part of the input's."""
        return self.bytes_after / max(self.bytes_before, 1)

    @property
    def address(self) -> str:
        """The link as a relative address."""
        return "./" + quote(self.link, errors="surrogateescape")

    @property
    def picture(self) -> str:
        """The thumbnail as an address."""
        return data_url(self.thumbnail, "image/webp")


def render_index(
    entries: Sequence[IndexEntry], failures: Sequence[tuple[str, str]], palette: Sequence[str] = ()
) -> bytes:
    """Write the page, with the name of each image that failed, and why, and the colors that all share."""
    before = sum(entry.bytes_before for entry in entries)
    after = sum(entry.bytes_after for entry in entries)
    page = template("index.html.j2").render(
        entries=entries,
        failures=failures,
        palette=palette,
        before=before,
        after=after,
        savings=savings(before, after) if before else "",
        script=script("index"),
    )
    return page.encode(errors="replace")

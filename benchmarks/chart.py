"""The picture on the page: who comes how close, and who takes how long."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from benchmarks.measure import geometric_mean
from benchmarks.peers import OURS
from benchmarks.speed import COLORS, OLD_FLOOR

# Pixels. A page of text is about as wide; names are to the left of the bars, numbers to the right.
WIDTH, NAMES, NUMBERS = 820, 300, 80
ROW, BAR, TITLE, GAP = 24, 14, 54, 26
# Readable on white and on near-black: the text follows the reader's scheme, the ground is the page's own.
_STYLE = """
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1f2328}
.title{font-weight:600;font-size:15px}.note{fill:#59636e;font-size:12px}
.bar{fill:#8c959f}.ours{fill:#0969da}.bar.floor{fill:none;stroke:#8c959f;stroke-dasharray:3 2}
.name{text-anchor:end}.name.ours,.number.ours{fill:#1f2328;font-weight:600}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.note{fill:#9198a1}.bar{fill:#6e7681}.ours{fill:#4493f8}.bar.floor{fill:none;stroke:#6e7681}
.name.ours,.number.ours{fill:#fff}}
"""


@dataclass(frozen=True)
class Panel:
    """Bars of one measure.

    Attributes
    ----------
    title, note : str
    bars : sequence of (str, float, str)
        Name, length, and the number that is written beside it.
    """

    title: str
    note: str
    bars: Sequence[tuple[str, float, str]]

    @property
    def height(self) -> int:
        """Pixels, with the title."""
        return TITLE + ROW * len(self.bars)


def draw(results: dict[str, Any]) -> str:
    """Draw the bars, quality first.

    Parameters
    ----------
    results : dict
        As from `benchmarks.__main__.measure`.

    Returns
    -------
    str
        An SVG.
    """
    panels = [_times(results), _command(results)] if results["photos"] else [_times(results)]
    if results["photos"]:
        panels.insert(0, _errors(results))
    height = sum(panel.height for panel in panels) + GAP * (len(panels) - 1)
    parts, top = [], 0
    for panel in panels:
        parts += bars_of(panel, top)
        top += panel.height + GAP
    words = escape("; ".join(panel.title for panel in panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{words}">\n<style>{_STYLE}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def bars_of(panel: Panel, top: int) -> list[str]:
    """Draw a panel below so many pixels."""
    lines = [
        f'<text class="title" x="0" y="{top + 16}">{escape(panel.title)}</text>',
        f'<text class="note" x="0" y="{top + 36}">{escape(panel.note)}</text>',
    ]
    longest = max(length for _, length, _ in panel.bars)
    for row, (name, length, number) in enumerate(panel.bars):
        kind = "ours" if name.startswith(OURS) else "floor" if "floor" in name else ""
        y = top + TITLE + ROW * row
        width = max(1.0, (WIDTH - NAMES - NUMBERS) * length / longest)
        lines += [
            f'<text class="name {kind}" x="{NAMES - 10}" y="{y + 12}">{escape(name)}</text>',
            f'<rect class="bar {kind}" x="{NAMES}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>',
            f'<text class="number {kind}" x="{NAMES + width + 8:.1f}" y="{y + 12}">{escape(number)}</text>',
        ]
    return lines


def _errors(results: dict[str, Any]) -> Panel:
    at = [
        palette
        for photo in results["photos"].values()
        for palette in photo["palettes"]
        if palette["k"] == COLORS
    ]
    means = {
        name: geometric_mean(palette["mse"][name] / palette["kmeans"] for palette in at)
        for name in at[0]["mse"]
    }
    return Panel(
        f"Squared error with {COLORS} colors",
        "As a multiple of that of K-means with ten starts on all pixels. Shorter is closer to the original.",
        [(name, mean, f"{mean:.2f}") for name, mean in sorted(means.items(), key=lambda item: item[1])],
    )


def _times(results: dict[str, Any]) -> Panel:
    races = results["races"].values()
    names = [name for name in next(iter(races))["spent"] if name != OLD_FLOOR]
    medians = {name: statistics.median(race["spent"][name]["wall"] for race in races) for name in names}
    megapixels = statistics.median(race["megapixels"] for race in races)
    return Panel(
        f"From a JPEG of {megapixels:.0f} megapixels to a PNG",
        "Milliseconds. colorquant and scikit-learn also find the number of colors; the others are told it.",
        [(name, ms, f"{ms:.0f} ms") for name, ms in sorted(medians.items(), key=lambda item: item[1])],
    )


def _command(results: dict[str, Any]) -> Panel:
    runs = results["command"].values()
    names = [name for name in next(iter(runs)) if "--help" not in name and '""' not in name]
    medians = {name: statistics.median(spent[name]["cpu"] for spent in runs) for name in names}
    return Panel(
        "The whole command on a photograph of 0.4 megapixels",
        "Milliseconds of processor time, start of the program included.",
        [(name, ms, f"{ms:.0f} ms") for name, ms in sorted(medians.items(), key=lambda item: item[1])],
    )

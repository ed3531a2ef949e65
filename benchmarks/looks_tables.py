"""What was measured, as the tables of docs/quality.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# The measures of all others are given as a multiple of this one's.
REFERENCE = "K-means in RGB"
MEASURES = {
    "mean": "ΔE",
    "p95": "ΔE, worst 5 %",
    "far_mean": "ΔE from afar",
    "far_p95": "from afar, worst 5 %",
    "worst_hue": "worst hue",
    "flip": "FLIP",
    "ssimulacra2": "SSIMULACRA2",
}
# Of this measure more is better, and it may be negative: its mean is given as it is.
UPWARD = "ssimulacra2"

# In the page's folder: photographs that were looked at while constants were chosen, and photographs that were
# not.
TUNED_ON, HELD_OUT = "quality.json", "quality-held-out.json"

Measured = dict[str, list[float]]
Row = tuple[str, ...]


def key(photo: str, k: int, *, dithered: bool, name: str) -> str:
    """Name a result."""
    return "|".join([photo, str(k), "dithered" if dithered else "plain", name])


def page_tables(docs: Path) -> dict[str, list[Row]]:
    """Make all tables of the page from what was measured last."""
    tuned_on, held_out = (json.loads((docs / name).read_text()) for name in (TUNED_ON, HELD_OUT))
    return tables(tuned_on) | held_out_tables(held_out)


def tables(results: dict[str, Measured]) -> dict[str, list[Row]]:
    """Give every table by its name on the page."""
    keys = [key.split("|") for key in results]
    colors = sorted({int(key[1]) for key in keys})
    photos = sorted({key[0] for key in keys})
    filled: dict[str, list[Row]] = {"photos": [("photographs",), (", ".join(photos),)]}
    for dithering in ("plain", "dithered"):
        names = list(dict.fromkeys(key[3] for key in keys if key[2] == dithering))
        if not names:
            continue
        means = {(name, k): _means(results, photos, (dithering, name), [k]) for name in names for k in colors}
        for k in colors:
            filled[f"{dithering}-{k}"] = _table(names, {name: means[name, k] for name in names})
        some = [k for k in colors if k <= 32]
        overall = {name: _means(results, photos, (dithering, name), some) for name in names}
        filled[f"{dithering}-all"] = _table(names, overall)
        rivals = [name for name in names if name != REFERENCE]
        filled[f"{dithering}-winners"] = [
            ("best by", *(f"{k} colors" for k in colors)),
            *(
                (title, *(_best(rivals, {name: means[name, k] for name in rivals}, column) for k in colors))
                for column, title in enumerate(MEASURES.values())
            ),
        ]
    return filled


def held_out_tables(results: dict[str, Measured]) -> dict[str, list[Row]]:
    """Give the tables of photographs that nothing was tuned on: undithered, all numbers together."""
    found = tables(results)
    return {f"held-out-{name}": found[name] for name in ("photos", "plain-all")}


def _means(results: dict[str, Measured], photos: list[str], who: Row, colors: list[int]) -> list[float]:
    """Give each measure over photographs and numbers of colors, as a multiple of the reference's."""
    dithering, name = who
    cases = [(photo, k) for photo in photos for k in colors]
    own, reference = (
        np.array([results[key(photo, k, dithered=end[0] == "dithered", name=end[1])] for photo, k in cases])
        for end in ((dithering, name), ("plain", REFERENCE))
    )
    column = list(MEASURES).index(UPWARD)
    ratios = own / np.where(reference == 0, 1, reference)
    ratios[:, column] = 1
    # A gray photograph has no worst hue.
    means = np.exp(np.nanmean(np.log(np.maximum(ratios, 1e-9)), axis=0))
    means[column] = own[:, column].mean()
    return [float(mean) for mean in means]


def _best(names: Sequence[str], means: dict[str, list[float]], column: int) -> str:
    choose = max if list(MEASURES)[column] == UPWARD else min
    return choose(names, key=lambda name: means[name][column])


def _table(names: list[str], means: dict[str, list[float]]) -> list[Row]:
    rivals = [name for name in names if name != REFERENCE]
    best = [_best(rivals, means, column) for column in range(len(MEASURES))]
    rows: list[Row] = [("", *MEASURES.values())]
    for name in names:
        cells = []
        for column, measure in enumerate(MEASURES):
            cell = f"{means[name][column]:.1f}" if measure == UPWARD else f"{means[name][column]:.3f}"
            cells.append(f"**{cell}**" if name == best[column] else cell)
        rows.append((name, *cells))
    return rows

"""From the measured numbers to the page that shows them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.measure import geometric_mean

MIB = 1 << 20
MEGA = 1_000_000
Results = dict[str, Any]


def markdown(results: Results) -> str:
    """Write the page.

    Parameters
    ----------
    results : dict
        As from `benchmarks.__main__.measure`.

    Returns
    -------
    str
    """
    parts = [_introduction(results)]
    if results["photos"]:
        parts += [_palettes(results), _sweeps(results), _silhouettes(results)]
    parts += [_races(results), _sizes(results), _whole(results), _memory(results)]
    return "\n\n".join(parts) + "\n"


def _colors(results: Results) -> list[int]:
    """Give the numbers of colors that were compared."""
    return [palette["k"] for palette in next(iter(results["photos"].values()))["palettes"]]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _introduction(results: Results) -> str:
    machine = results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    programs = ", ".join(machine["programs"]) or "none"
    return f"""# Benchmarks

Every number on this page was written by `make bench DATA=folder`, which compares colorquant with the tools
that people would pick instead, on the photographs of that folder. Names of several folders may be given in
quotes.

Measured on {machine["date"]} with colorquant {machine["colorquant"]}, Python {machine["python"]} on
{machine["processor"]} with {machine["cpus"]} CPUs; {packages}. Programs found: {programs}. Everybody is
timed in turns in one process, in {results["rounds"]} rounds after one that does not count; times are
medians. Other work on the machine makes the times longer but hits all alike, so look at the ratios. Nobody
dithers.

![Time against size, for each peer](images/benchmarks.svg)"""


def _palettes(results: Results) -> str:
    photos = results["photos"]
    colors = _colors(results)
    names = list(next(iter(photos.values()))["palettes"][0]["mse"])
    rows = []
    for name in names:
        row = [name]
        for index in range(len(colors)):
            palettes = [photo["palettes"][index] for photo in photos.values()]
            ratios = [palette["mse"][name] / palette["kmeans"] for palette in palettes]
            difference = statistics.mean(palette["difference"][name] for palette in palettes)
            row += [f"{geometric_mean(ratios):.3f}", f"{max(ratios):.3f}", f"{difference:.2f}"]
        rows.append(row)
    head = ["", *(f"{k} colors, {what}" for k in colors for what in ("error", "worst", "ΔE"))]
    by_photo = [
        [
            photo,
            *(
                f"{palette['mse'][name]:.1f}"
                for palette in measured["palettes"]
                for name in ("colorquant", "libimagequant")
            ),
        ]
        for photo, measured in photos.items()
    ]
    won = [
        palette["mse"]["colorquant"] < min(palette["mse"][name] for name in names if name != "colorquant")
        for photo in photos.values()
        for palette in photo["palettes"]
    ]
    spent = [
        statistics.median(photo["palettes"][index]["refine_ms"] for photo in photos.values())
        for index in range(len(colors))
    ]
    refine = ", ".join(f"{ms:.0f} ms at {k}" for ms, k in zip(spent, colors, strict=True))
    return f"""## How close to the original, with equally many colors

*Error* is the mean squared error over all pixels in sRGB, as a multiple of that of scikit-learn's
`KMeans(n_init=10)` fitted on all pixels, with its centroids not even rounded; the geometric mean over
{len(photos)} photographs. *Worst* is the photograph where that multiple is highest. *ΔE* is the mean
distance in Oklab, times 100; 2 is just noticeable. Lower is better everywhere.

{_table(head, rows)}

colorquant has the lowest error of all of these in {sum(won)} of {len(won)} cases. Refining takes {refine}
colors (median).

The mean squared errors themselves:

{_table(["", *(f"{k}, {name}" for k in colors for name in ("colorquant", "libimagequant"))], by_photo)}"""


def _sweeps(results: Results) -> str:
    sweeps = [photo["sweep"] for photo in results["photos"].values()]
    rows = []
    for peer, label in (("auto", 'n_init="auto"'), ("ten", "n_init=10")):
        ratios = [sweep["ms"][peer] / sweep["ms"]["colorquant"] for sweep in sweeps]
        median = statistics.median(sweep["ms"][peer] for sweep in sweeps)
        rows.append([f"scikit-learn, {label}", f"{median:.0f} ms", f"{geometric_mean(ratios):.1f}"])
    ours = statistics.median(sweep["ms"]["colorquant"] for sweep in sweeps)
    inertia = geometric_mean(sweep["inertia"] for sweep in sweeps)
    return f"""## Finding the number of colors

All 25 numbers from 8 to 32 on 1000 sampled pixels, each clustered and scored: colorquant's sweep against a
fresh `KMeans` and `silhouette_score` for each. Ours scores by five more measures in that time.

{_table(["", "time", "times ours"], [["colorquant", f"{ours:.0f} ms", "1"], *rows])}

The mean inertia of our sweep is {inertia:.3f} of that with `n_init="auto"`."""


def _silhouettes(results: Results) -> str:
    checks = [photo["silhouette"] for photo in results["photos"].values()]
    worst = max(abs(value) for check in checks for value in check["difference"].values())
    pixels = statistics.median(check["pixels"] for check in checks)
    return f"""With `sample_size="all"` the silhouette is that of a histogram of at most 4096 cells. Thinned
to {pixels:.0f} pixels, where scikit-learn can still compare every pixel with every other, the same
photographs have silhouettes that differ from the exact value of the final labels by at most {worst:.4f} at
{", ".join(map(str, _colors(results)))} colors."""


def _races(results: Results) -> str:
    sections = []
    for name, race in results["races"].items():
        ours, floor = race["ms"]["colorquant"], race["ms"]["floor: decode and encode"]
        rows = [[peer, f"{spent:.0f} ms", f"{spent / ours:.2f}"] for peer, spent in race["ms"].items()]
        sections.append(
            f"{name}, {race['megapixels']:.1f} megapixels, {race['colors']} colors; colorquant takes "
            f"{ours / floor:.2f} times the floor.\n\n" + _table(["", "time", "times ours"], rows)
        )
    return """## From a large JPEG to a PNG

colorquant and the recipe find the number of colors themselves; the others are told it. *Quantize only* is
given decoded pixels and writes no file. The floor is decoding that JPEG and encoding the very indices of
our result.

""" + "\n\n".join(sections)


def _sizes(results: Results) -> str:
    sizes = results["sizes"]
    head = ["", *(f"{size['megapixels']:.1f} MP" for size in sizes)]
    peers = [[name, *(f"{size['ms'][name]:.0f}" for size in sizes)] for name in sizes[0]["ms"]]
    stages = [[stage, *(f"{size['stages'][stage]:.1f}" for size in sizes)] for stage in sizes[0]["stages"]]
    return f"""## As images grow

One photograph at several sizes, in milliseconds.

{_table(head, peers)}

The stages of ours: the sweep does not depend on the size, decoding, counting, recoloring and encoding grow
with it.

{_table(head, stages)}"""


def _whole(results: Results) -> str:
    rows = []
    for name, stages in results["whole"].items():
        swept = stages["sample"] + stages["sweep"] + stages["score"]
        rows.append([name, f"{results['races'][name]['megapixels']:.1f}", f"{swept:.0f} ms"])
    return f"""## The whole image instead of a sample

The sweep over 25 numbers of colors with its scores, where `sample_size="all"` lets every pixel take part.

{_table(["", "megapixels", "sweep and scores"], rows)}"""


def _memory(results: Results) -> str:
    rows = results["memory"]
    slope = (rows[-1]["peak"] - rows[1]["peak"]) / (rows[-1]["megapixels"] - rows[1]["megapixels"]) / MEGA
    cells = [[f"{row['megapixels']} MP", f"{row['peak'] / MIB:.0f} MiB"] for row in rows]
    return f"""## Memory

Peak memory of a process that quantizes one JPEG file to a PNG, as the operating system counts it. The imports
alone take {rows[0]["imported"] / MIB:.0f} MiB. From {rows[1]["megapixels"]} megapixels on each pixel adds
{slope:.1f} bytes: three are the pixel, one is its index.

{_table(["", "peak"], cells)}"""

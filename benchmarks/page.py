"""From the measured numbers to the page that shows them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.command import BARE, IMPORTS
from benchmarks.measure import Spent, geometric_mean
from benchmarks.peers import FOR_THE_EYE, KMEANS_BY_PILLOW, OURS
from benchmarks.speed import AUTO, COLORS, FLOOR

MIB = 1 << 20
MEGA = 1_000_000
SMALL_PNG_COLORS = 16
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
    parts += [_races(results)]
    if results["photos"]:
        parts += [_command(results), _quantizing(results)]
    parts += [_sizes(results), _floor(results), _steps(results), _whole(results), _memory(results)]
    if "against" in results:
        parts.append(versions(results["against"]))
    return "\n\n".join(parts) + "\n"


def _colors(results: Results) -> list[int]:
    """Give the numbers of colors that were compared."""
    return [palette["k"] for palette in next(iter(results["photos"].values()))["palettes"]]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay a table out in Markdown, the numbers at the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _medians(runs: Iterable[Mapping[str, Spent]]) -> dict[str, Spent]:
    """Give the medians over several photographs."""
    runs = list(runs)
    return {
        name: Spent(
            wall=statistics.median(run[name]["wall"] for run in runs),
            cpu=statistics.median(run[name]["cpu"] for run in runs),
        )
        for name in runs[0]
    }


def _ratio(runs: Iterable[Mapping[str, Spent]], name: str, to: str, of: str = "wall") -> float:
    """Give the median over several photographs of how many times as long one takes as another."""
    return statistics.median(run[name][of] / run[to][of] for run in runs)  # type: ignore[literal-required]


def _introduction(results: Results) -> str:
    machine = results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    peers = "; ".join(f"{name} {number}" for name, number in machine["peers"].items())
    return f"""# Benchmarks

Every number on this page was written by `make bench DATA=folder`, which compares colorquant with the tools
that people would pick instead, on the photographs of that folder. Names of several folders may be given in
quotes.

![Error and time of each peer, as bars](images/benchmarks.svg)

- Measured on {machine["date"]} with colorquant {machine["colorquant"]} and Python {machine["python"]}.
- Processor: {machine["processor"]}, {machine["cpus"]} CPUs. BLAS of numpy: {machine["blas"]}.
- Libraries: {packages}.
- Peers: {peers}. These are the versions that PyPI and the system's packages had; nothing here is said of
  later ones, such as libimagequant 4 and pngquant 3.

Everybody is timed in turns, in {_rounds(results)} after one that does not count; times are medians.
Other work on the machine makes the times longer but hits all alike, so look at the ratios. Nobody dithers
unless it says so. *colorquant* without more words has the settings of the classic recipe, which are those of
the Lambda: the best silhouette, in RGB. *auto* is what the library and the command do by default."""


def _rounds(results: Results) -> str:
    return "one round" if results["rounds"] == 1 else f"{results['rounds']} rounds"


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
                for name in (OURS, "libimagequant")
            ),
        ]
        for photo, measured in photos.items()
    ]
    peers = [name for name in names if name not in (OURS, FOR_THE_EYE)]
    won = [
        palette["mse"][OURS] < min(palette["mse"][name] for name in peers)
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
color difference CIEDE2000. Lower is better everywhere. *For the eye* is the same
engine in the space that `auto` uses, which gives up some of the one number for the other.

{table(head, rows)}

colorquant has the lowest error of all peers in {sum(won)} of {len(won)} cases. Refining takes {refine}
colors (median).

The mean squared errors themselves:

{table(["", *(f"{k}, {name}" for k in colors for name in (OURS, "libimagequant"))], by_photo)}"""


def _sweeps(results: Results) -> str:
    sweeps = [photo["sweep"] for photo in results["photos"].values()]
    medians = _medians(sweep["spent"] for sweep in sweeps)
    rows = [
        [
            label,
            f"{medians[peer]['wall']:.0f} ms",
            f"{_ratio([sweep['spent'] for sweep in sweeps], peer, OURS):.1f}",
        ]
        for peer, label in (
            (OURS, OURS),
            ("auto", 'scikit-learn, n_init="auto"'),
            ("ten", "scikit-learn, n_init=10"),
        )
    ]
    inertia = geometric_mean(sweep["inertia"] for sweep in sweeps)
    return f"""## Finding the number of colors

All 25 numbers from 8 to 32 on 1000 sampled pixels, each clustered and scored: colorquant's sweep against a
fresh `KMeans` and `silhouette_score` for each. Ours scores by five more measures in that time.

{table(["", "time", "times ours"], rows)}

The mean inertia of our sweep is {inertia:.3f} of that with `n_init="auto"`."""


def _silhouettes(results: Results) -> str:
    checks = [photo["silhouette"] for photo in results["photos"].values()]
    exact = max(check["sample"] for check in checks)
    worst = max(abs(value) for check in checks for value in check["difference"].values())
    pixels = statistics.median(check["pixels"] for check in checks)
    return f"""On the same labels, our silhouettes differ from `silhouette_score` by at most {exact:.0e}.

With `sample_size="all"` the clusters are those of a histogram of all pixels, and the silhouette that of some
of them. Thinned to {pixels:.0f} pixels, where scikit-learn can still compare every pixel with every other,
the same photographs have silhouettes that differ from the exact value of the final labels by at most
{worst:.4f} at {", ".join(map(str, _colors(results)))} colors."""


def _races(results: Results) -> str:
    races = results["races"]
    runs = [race["spent"] for race in races.values()]
    medians = _medians(runs)
    rows = [
        [name, f"{spent['wall']:.0f} ms", *(f"{_ratio(runs, name, to):.2f}" for to in (OURS, FLOOR))]
        for name, spent in medians.items()
    ]
    by_photo = [
        [
            name,
            f"{race['megapixels']:.1f}",
            str(race["colors"]),
            *(f"{race['spent'][who]['wall']:.0f}" for who in (OURS, AUTO, FLOOR)),
            f"{race['spent'][OURS]['wall'] / race['spent'][FLOOR]['wall']:.2f}",
        ]
        for name, race in races.items()
    ]
    head = ["", "megapixels", "colors", "colorquant, ms", "auto, ms", "floor, ms", "times the floor"]
    return f"""## From a large JPEG to a PNG

Medians over {len(races)} photographs of {_span(race["megapixels"] for race in races.values())} megapixels,
all warm: bytes to bytes in a process that has done it before. *Enlarged* ones were small photographs, and
compress better than others of their size. colorquant and scikit-learn find the number of colors themselves;
the others are told it. *Quantize only* is given decoded pixels and writes no file. *scikit-learn as engine*
is `engine="scikit-learn"`: a fresh `KMeans` and `silhouette_score` for every number, and each distinct color
assigned once; *as in tutorials*, every pixel is assigned by `predict`. {KMEANS_BY_PILLOW} takes so long that
it is only [below](#small-images-in-a-program). The floor is decoding that JPEG and encoding the very indices
of our result, with our PNG encoder; the old floor is OpenCV's decoder and Pillow's encoder.

{table(["", "time", "times ours", "times the floor"], rows)}

Each photograph:

{table(head, by_photo)}"""


def _span(values: Iterable[float]) -> str:
    values = list(values)
    return f"{min(values):.0f} to {max(values):.0f}"


def _command(results: Results) -> str:
    runs = list(results["command"].values())
    medians = _medians(runs)
    rows = [
        [
            f"`{name}`" if name.startswith("python") else name,
            f"{spent['cpu']:.0f} ms",
            f"{spent['wall']:.0f} ms",
            f"{_ratio(runs, name, IMPORTS, 'cpu'):.2f}",
        ]
        for name, spent in medians.items()
    ]
    start, libraries = (medians[name]["cpu"] for name in (BARE, IMPORTS))
    ours = medians[OURS]["cpu"]
    return f"""## The command on a small image

The whole process from start to end for one PNG of 0.4 megapixels, medians over {len(runs)} photographs. The
others are told the number of colors and colorquant finds it.

{table(["", "processor time", "time", "processor time, times the imports"], rows)}

Of the {ours:.0f} ms the interpreter takes {start:.0f}, numpy, OpenCV and Pillow {libraries - start:.0f} and
all that colorquant does and imports beside them {ours - libraries:.0f}."""


def _quantizing(results: Results) -> str:
    runs = list(results["quantizing"].values())
    medians = _medians(runs)
    rows = [
        [
            name,
            f"{spent['wall']:.0f} ms",
            f"{spent['cpu']:.0f} ms",
            f"{_ratio(runs, name, OURS, 'cpu'):.2f}",
        ]
        for name, spent in medians.items()
    ]
    many = list(results["many_colors"].values())
    refining = statistics.median(
        (run["sweep and refine"]["cpu"] - run["sweep"]["cpu"]) / run["libimagequant"]["cpu"] for run in many
    )
    return f"""## Small images in a program

Decoded pixels of 0.4 megapixels to recolored ones, in a warm process, everybody told to take {COLORS}
colors; medians over {len(runs)} photographs.

{table(["", "time", "processor time", "times ours"], rows)}

In 255 colors, refining the palette on all pixels takes {refining:.1f} times the processor time that
libimagequant takes for everything, and all of colorquant {_ratio(many, OURS, "libimagequant", "cpu"):.1f}
times."""


def _sizes(results: Results) -> str:
    sizes = results["sizes"]
    head = ["", *(f"{size['megapixels']:.1f} MP" for size in sizes)]
    peers = [[name, *(f"{size['spent'][name]['wall']:.0f}" for size in sizes)] for name in sizes[0]["spent"]]
    stages, auto = (_stages([size[key] for size in sizes]) for key in ("stages", "stages_auto"))
    return f"""## As images grow

One photograph at several sizes, in milliseconds.

{table(head, peers)}

The stages of ours: the sweep does not depend on the size; decoding, counting, recoloring and encoding grow
with it.

{table(head, stages)}

The same with `auto`, which measures distances in the eye's space:

{table(head, auto)}"""


def _stages(sizes: Sequence[Mapping[str, float]]) -> list[list[str]]:
    """Give the rows of the stages that took any time."""
    return [
        [stage, *(f"{size[stage]:.1f}" for size in sizes)]
        for stage in sizes[0]
        if any(size[stage] for size in sizes)
    ]


def _floor(results: Results) -> str:
    """Say what is left above the floor, and where."""
    largest = max(results["sizes"], key=lambda size: size["megapixels"] if size["megapixels"] < 10 else 0)
    stages, floor = largest["stages"], largest["spent"][FLOOR]["wall"]
    whole = sum(stages.values())
    shares = sorted(((ms / whole, stage) for stage, ms in stages.items() if ms), reverse=True)
    listed = ", ".join(f"{stage} {share:.0%}" for share, stage in shares)
    left = whole - stages["decode"] - stages["encode"]
    return f"""## Where the time goes

The floor is what any program does that reads a JPEG and writes an indexed PNG: libjpeg-turbo's decoding and
libdeflate's encoding. For {largest["megapixels"]:.0f} megapixels it takes {floor:.0f} ms, and our stages
{whole:.0f} ms: {listed}. What is neither decoding nor encoding is {left:.0f} ms, {left / whole:.0%}."""


def _steps(results: Results) -> str:
    steps = results["steps"]
    rows = [[name, f"{spent['wall']:.0f} ms"] for name, spent in steps.items()]
    spaces = {size: spent["oklab"]["cpu"] / spent["rgb"]["cpu"] for size, spent in results["spaces"].items()}
    costs = " and ".join(
        f"{ratio:.2f} times as much for a {size} image" for size, ratio in sorted(spaces.items())
    )
    text = f"""## The steps on their own

A photograph of {next(iter(results["races"].values()))["megapixels"]:.0f} megapixels that is loaded already:

{table(["", "time"], rows)}

In processor time up to the recolored image, by the recipe in both, the eye's space costs {costs}, compared
with RGB."""
    if not results["photos"]:
        return text
    catalogs = list(results["catalog"].values())
    spent = statistics.median(run["spent"]["wall"] for run in catalogs)
    saved = geometric_mean(run["error"] for run in catalogs)
    shared = [
        [str(row["images"]), f"{row['spent']['wall']:.0f} ms", f"{row['error']:.3f}"]
        for row in results["shared"]
    ]
    return f"""{text}

The best 24 colors of a catalog of 400 random ones take {spent:.0f} ms for 0.4 megapixels, recoloring
included, and have {saved:.2f} of the squared error of the 24 that most pixels are nearest to.

One palette of 16 colors for each group of photographs, {len(shared)} of them; its total squared error, as a
multiple of that of the single image's palette that does best on the whole group:

{table(["photographs", "time", "error"], shared)}"""


def _whole(results: Results) -> str:
    rows = []
    for name, stages in results["whole"].items():
        swept = stages["sample"] + stages["sweep"] + stages["score"]
        rows.append([name, f"{results['races'][name]['megapixels']:.1f}", f"{swept:.0f} ms"])
    return f"""## The whole image instead of a sample

The sweep over 25 numbers of colors with its scores, where `sample_size="all"` lets every pixel take part.

{table(["", "megapixels", "sweep and scores"], rows)}"""


def _memory(results: Results) -> str:
    rows = results["memory"]
    slope = (rows[-1]["peak"] - rows[1]["peak"]) / (rows[-1]["megapixels"] - rows[1]["megapixels"]) / MEGA
    cells = [[f"{row['megapixels']} MP", f"{row['peak'] / MIB:.0f} MiB"] for row in rows]
    return f"""## Memory

Peak memory of a process that quantizes one JPEG file to a PNG, as the operating system counts it. The imports
alone take {rows[0]["imported"] / MIB:.0f} MiB. From {rows[1]["megapixels"]} megapixels on each pixel adds
{slope:.1f} bytes: three are the pixel, one is its index.

{table(["", "peak"], cells)}"""


def versions(results: Results) -> str:
    """Write the section about an earlier version.

    Parameters
    ----------
    results : dict
        As from `benchmarks.against.compare`.

    Returns
    -------
    str
    """
    before, now = results["versions"]["before"], results["versions"]["now"]
    rows = []
    for name, label in (("recipe", "the recipe"), ("auto", "`auto`")):
        runs = [row["spent"] for row in results["command"][name]]
        rows.append(compared(f"command, 0.4 megapixels, processor time, {label}", _of(runs, "cpu"), "ms"))
    for name, label in (("recipe", "the recipe"), ("auto", "`auto`")):
        warm = [row["ms"] for row in results["warm"][name]]
        rows.append(compared(f"large JPEG to PNG, warm, {label}", warm, "ms"))
    for few in (True, False):
        sizes = [row["bytes"] for row in results["bytes"] if (row["colors"] <= SMALL_PNG_COLORS) == few]
        label = f"{'up to' if few else 'above'} {SMALL_PNG_COLORS} colors"
        rows.append(compared(f"bytes of the PNG, {label}", sizes, "bytes"))
    memory = {name: {row["megapixels"]: row for row in told} for name, told in results["memory"].items()}
    for megapixels in memory["now"]:
        peaks = {name: told[megapixels]["peak"] / MIB for name, told in memory.items()}
        rows.append(compared(f"peak memory, {megapixels} megapixels", [peaks], "MiB"))
    imported = {name: min(row["imported"] for row in told.values()) / MIB for name, told in memory.items()}
    rows.append(compared("memory after the imports", [imported], "MiB"))
    head = ["", f"{before}", f"{now}", "now / before", "smallest", "largest"]
    return f"""## Beside version {before}

The commit {results["reference"]} and this version, with the same Python and the same libraries, in turns.
*The recipe* is the criterion silhouette in RGB, spelled out for both; `auto` is what each version makes of
it, which since 0.2 measures distances in the eye's space. Medians over the photographs; the last three
columns are the median, the smallest and the largest ratio.

{table(head, rows)}"""


def _of(runs: Iterable[Mapping[str, Spent]], what: str) -> list[dict[str, float]]:
    return [
        {name: spent[what] for name, spent in run.items()}  # type: ignore[literal-required]
        for run in runs
    ]


def compared(label: str, pairs: Sequence[Mapping[str, float]], unit: str) -> list[str]:
    """Give a row of the table: both medians, and the median, smallest and largest ratio."""
    ratios = [pair["now"] / pair["before"] for pair in pairs]
    medians = (statistics.median(pair[name] for pair in pairs) for name in ("before", "now"))
    three = (statistics.median(ratios), min(ratios), max(ratios))
    return [label, *(f"{value:,.0f} {unit}" for value in medians), *(f"{ratio:.2f}" for ratio in three)]

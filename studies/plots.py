"""The pictures of the study."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from colorquant.engine.flat_colors import COVERAGE
from colorquant.engine.selection import CRITERIA, FIDELITY
from studies import continua, planted, trials
from studies.continua import STRONG
from studies.findings import Results, chosen, found

INK, FAINT, ACCENT = "#222222", "#b8b8b8", "#c2410c"
KS = np.arange(trials.FEWEST, trials.MOST + 1)


def _axes(width: float = 7.5, height: float = 4.0, columns: int = 1) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = [figure.add_subplot(1, columns, column + 1) for column in range(columns)]
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
    return figure, axes


def mechanism(results: Results) -> Figure:
    """Draw the silhouettes of continua beside those of photographs and of flat art."""
    figure, (left, right) = _axes(11, 4.2, 2)
    numbers = np.arange(continua.FEWEST, continua.MOST + 1)
    for name, curves in results.continua.items():
        left.plot(numbers, curves.mean(axis=0), label=name, linewidth=2)
    left.set(
        title="Clouds without any clusters",
        xlabel="number of clusters",
        ylabel="mean silhouette",
        ylim=(0, 1),
    )
    left.legend(frameon=False, ncols=2)
    for repeat in results.repeats:
        values = repeat.samples[0].values("silhouette")
        right.plot(KS[: len(values)], values, color=FAINT, linewidth=1)
        right.plot(KS[values.argmax()], values.max(), "o", color=INK, markersize=4)
    right.plot([], [], "o-", color=FAINT, markerfacecolor=INK, label="photographs, and their best")
    flat = next(
        trial
        for job, trial in zip(planted.jobs(planted.Style()), results.drawings["noise of ±3"], strict=True)
        if job.count == 20
    )
    right.plot(KS, flat.values("silhouette"), color=ACCENT, linewidth=2, label="a drawing in 20 colors")
    right.axhline(STRONG, color=INK, linestyle=":", linewidth=1)
    right.set(title="Photographs, and flat art", xlabel="number of colors", ylim=(0, 1))
    right.legend(frameon=False, loc="lower right")
    return figure


def choices(results: Results) -> Figure:
    """Draw what each criterion chose on the photographs and their quarters."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots(2, 3, sharex=True, sharey=True).ravel()
    for each, criterion in zip(axes, CRITERIA, strict=True):
        picked = chosen([*results.repeats, *results.quarters], criterion)[:, 0]
        each.bar(KS, [(picked == k).sum() for k in KS], color=ACCENT if criterion == "auto" else INK)
        each.set_title(criterion)
        each.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("number of colors chosen")
    figure.supylabel("photographs and their quarters")
    return figure


def drawings(results: Results) -> Figure:
    """Draw how often each criterion found the planted number."""
    figure, (axes,) = _axes(9, 4.8)
    rates = np.array([[found(results, style, name) for name in CRITERIA] for style in results.drawings])
    axes.imshow(rates, cmap="Oranges", vmin=0, vmax=1, aspect="auto")
    for (row, column), rate in np.ndenumerate(rates):
        axes.text(column, row, f"{rate:.0%}", ha="center", va="center", color="white" if rate > 0.6 else INK)
    axes.set_xticks(range(len(CRITERIA)), list(CRITERIA), rotation=20, ha="right")
    axes.set_yticks(range(len(results.drawings)), list(results.drawings))
    axes.set_title("Drawings in 8 to 32 colors: exact number found")
    return figure


def gate(results: Results) -> Figure:
    """Draw how much of the even areas flat colors cover, which tells flat art from photographs."""
    figure, (axes,) = _axes(height=3.6)
    edges = np.linspace(0, 1, 41)
    flat = [trial.flat.coverage for tried in results.drawings.values() for trial in tried]
    photos = [repeat.samples[0].flat.coverage for repeat in [*results.repeats, *results.quarters]]
    axes.hist(flat, edges, color=ACCENT, alpha=0.8, label="drawings", density=True)
    axes.hist(photos, edges, color=INK, alpha=0.7, label="photographs and their quarters", density=True)
    axes.axvline(COVERAGE, color=INK, linestyle=":", linewidth=1)
    axes.set(xlabel="part of the even areas near a flat color", ylabel="pictures (density)")
    axes.legend(frameon=False)
    return figure


def rare(results: Results) -> Figure:
    """Draw how often all colors are found, by the share of the rarest."""
    figure, (axes,) = _axes(height=3.6)
    rates = (np.array(results.rare) == planted.SHARE_COUNT).mean(axis=1)
    axes.plot([100 * share for share in planted.SHARES], rates, "o-", color=ACCENT)
    axes.set(
        xscale="log",
        ylim=(-0.05, 1.05),
        xlabel="share of the rarest color, %",
        ylabel="drawings counted right",
    )
    axes.set_xticks(
        [100 * share for share in planted.SHARES], [f"{100 * share:g}" for share in planted.SHARES]
    )
    axes.minorticks_off()
    return figure


def fidelity(results: Results) -> Figure:
    """Draw the error of every photograph over the number of colors, with the three thresholds."""
    figure, (axes,) = _axes(height=4.2)
    for repeat in results.repeats:
        values = [row.error for row in repeat.samples[0].looks]
        axes.plot(KS[: len(values)], values, color=FAINT, linewidth=1)
    for name, asked in FIDELITY.items():
        axes.axhline(asked, color=ACCENT if name == "medium" else INK, linestyle=":", linewidth=1.5)
        axes.text(KS[-1] + 0.3, asked, name, va="center")
    axes.set(
        xlabel="number of colors",
        ylabel="difference in the eye's space",
        ylim=(0, None),
        xlim=(KS[0], KS[-1]),
    )
    return figure


PLOTS: dict[str, Callable[[Results], Figure]] = {
    "mechanism": mechanism,
    "choices": choices,
    "drawings": drawings,
    "gate": gate,
    "rare": rare,
    "fidelity": fidelity,
}
"""Each plot by the end of its file's name."""

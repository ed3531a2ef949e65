"""The picture on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure


def draw(results: dict[str, Any], path: Path) -> None:
    """Draw the time that each way takes on each size.

    Parameters
    ----------
    results : dict
    path : Path
        An SVG file, replaced if it is there.
    """
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    megapixels = [size["megapixels"] for size in results["sizes"]]
    for name in results["sizes"][0]["ms"]:
        ours = name == "colorquant"
        axes.plot(
            megapixels,
            [size["ms"][name] for size in results["sizes"]],
            label=name,
            marker="o",
            linewidth=3 if ours else 1.2,
            linestyle="--" if name.startswith("floor") else "-",
            zorder=3 if ours else 2,
        )
    axes.set(xscale="log", yscale="log", xlabel="megapixels", ylabel="milliseconds")
    axes.set_title("One photograph, from bytes to its few colors")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=8, frameon=False)
    # The same numbers draw the same file.
    with rc_context({"svg.hashsalt": "colorquant"}):
        figure.savefig(path, metadata={"Date": None})

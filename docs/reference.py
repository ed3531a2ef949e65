"""Write the library's reference as web pages, from its docstrings: `make docs`."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pdoc

import colorquant

PACKAGES = ("colorquant", "colorquant.engine", "colorquant.image", "colorquant.report", "colorquant.settings")


def main(folder: Path) -> None:
    """Write the pages into a folder."""
    # The package loads these when they are first used; pdoc looks for what is there already.
    vars(colorquant).update({name: getattr(colorquant, name) for name in colorquant.__all__})
    # What makes a named tuple is in a module of its own, where the names of its annotations mean nothing.
    warnings.filterwarnings("ignore", message="Error parsing type annotation ForwardRef")
    pdoc.render.configure(docformat="numpy", footer_text=f"colorquant {colorquant.__version__}")
    pdoc.pdoc(*PACKAGES, output_directory=folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

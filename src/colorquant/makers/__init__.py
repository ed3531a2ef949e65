"""Patterns for makers: pages to paint by numbers, and grids of beads and stitches."""

from __future__ import annotations

from colorquant.makers.grids import FABRIC_COUNT, KINDS, Count, Grid, Kind, grid
from colorquant.makers.paint import MIN_REGION, LegendEntry, PaintByNumbers, Region, paint_by_numbers
from colorquant.makers.papers import PAPERS
from colorquant.makers.shrink import MOST_CELLS, shrink

__all__ = [
    "FABRIC_COUNT",
    "KINDS",
    "MIN_REGION",
    "MOST_CELLS",
    "PAPERS",
    "Count",
    "Grid",
    "Kind",
    "LegendEntry",
    "PaintByNumbers",
    "Region",
    "grid",
    "paint_by_numbers",
    "shrink",
]

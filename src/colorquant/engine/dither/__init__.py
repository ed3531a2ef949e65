"""Patterns of palette colors that look, from afar, like the colors between them."""

from __future__ import annotations

from colorquant.engine.dither.diffusion import FLOYD_STEINBERG
from colorquant.engine.dither.method import Method, Picture
from colorquant.engine.dither.positional import BLUE_NOISE, ORDERED

__all__ = ["METHODS", "Method", "Picture"]

METHODS: dict[str, Method] = {
    "floyd-steinberg": FLOYD_STEINBERG,
    "blue-noise": BLUE_NOISE,
    "ordered": ORDERED,
}
"""Each way of dithering by the name that `Settings.dither` knows it by."""

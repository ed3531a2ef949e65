"""Patterns of palette colors that look, from afar, like the colors between them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from colorquant.engine.dither.method import Method, Picture

__all__ = ["METHODS", "Method", "Picture"]

METHODS: dict[str, Method] = {}
"""Each way of dithering by the name that `Settings.dither` knows it by: the `METHODS` of the modules here."""

for _module in iter_modules(__path__):
    METHODS |= getattr(import_module(f"{__name__}.{_module.name}"), "METHODS", {})

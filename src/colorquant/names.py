"""The names in the engine's registries, for type checkers and for what must not wait for the engine.

Written by `make names`.
"""

from typing import Literal

Criterion = Literal[
    "silhouette",
    "silhouette-macro",
    "calinski-harabasz",
    "davies-bouldin",
    "fidelity",
    "auto",
]
Quality = Literal["low", "medium", "high"]
Space = Literal["rgb", "cielab", "oklab"]
ColorSpace = Literal["auto", "rgb", "cielab", "oklab"]
Dither = Literal["none", "floyd-steinberg", "blue-noise", "ordered"]

"""Find how many colors suit an image, and recolor it with them.

Examples
--------
>>> import numpy as np
>>> import colorquant
>>> gradient = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
>>> result = colorquant.quantize(gradient)
>>> 8 <= result.colors <= 32
True
>>> result.indices.shape
(1, 256)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from colorquant.errors import (
    ColorquantError,
    CorruptImageError,
    EmptyImageError,
    ImageError,
    ImageTooLargeError,
    MissingExtraError,
    SettingsError,
    TruncatedImageError,
    UnsupportedImageError,
)
from colorquant.settings import Settings

if TYPE_CHECKING:
    from colorquant.engine.colors import Colors
    from colorquant.engine.scores import Score
    from colorquant.palette import Palette
    from colorquant.pipeline import Image, load, quantize, shared_palette, shared_sweep
    from colorquant.result import Quantized
    from colorquant.swept import Sweep

__all__ = [
    "ColorquantError",
    "Colors",
    "CorruptImageError",
    "EmptyImageError",
    "Image",
    "ImageError",
    "ImageTooLargeError",
    "MissingExtraError",
    "Palette",
    "Quantized",
    "Score",
    "Settings",
    "SettingsError",
    "Sweep",
    "TruncatedImageError",
    "UnsupportedImageError",
    "load",
    "quantize",
    "shared_palette",
    "shared_sweep",
]
__version__ = "0.2.0"

# numpy and OpenCV take a tenth of a second to import; a program that only reads settings or errors should
# not wait for them.
_LAZY = {
    "Colors": "colorquant.engine.colors",
    "Image": "colorquant.pipeline",
    "Palette": "colorquant.palette",
    "Quantized": "colorquant.result",
    "Score": "colorquant.engine.scores",
    "Sweep": "colorquant.swept",
    "load": "colorquant.pipeline",
    "quantize": "colorquant.pipeline",
    "shared_palette": "colorquant.pipeline",
    "shared_sweep": "colorquant.pipeline",
}

if not TYPE_CHECKING:  # a type checker then tells a mistyped name

    def __getattr__(name: str) -> object:
        if name in _LAZY:
            return getattr(import_module(_LAZY[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

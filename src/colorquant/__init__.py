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
from typing import TYPE_CHECKING, Any

from colorquant.errors import (
    ColorquantError,
    CorruptImageError,
    EmptyImageError,
    ImageError,
    ImageTooLargeError,
    SettingsError,
    TruncatedImageError,
    UnsupportedImageError,
)
from colorquant.settings import Settings

if TYPE_CHECKING:
    from colorquant.pipeline import quantize
    from colorquant.result import Quantized

__all__ = [
    "ColorquantError",
    "CorruptImageError",
    "EmptyImageError",
    "ImageError",
    "ImageTooLargeError",
    "Quantized",
    "Settings",
    "SettingsError",
    "TruncatedImageError",
    "UnsupportedImageError",
    "quantize",
]
__version__ = "0.1.0"

# scikit-learn and OpenCV take most of a second to import; a program that only reads settings or errors
# should not wait for them.
_LAZY = {"quantize": "colorquant.pipeline", "Quantized": "colorquant.result"}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Pictures that OpenCV decodes."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def imdecode(data: bytes, flag: int) -> NDArray[Any]:
    """Decode without turning, which is done in one place for all formats."""
    values = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    if values is None:
        raise ValueError("OpenCV gives no reason")
    return values

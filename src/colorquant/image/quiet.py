"""What decoders say of broken files, kept from standard error and told to who decodes.

libtiff writes there by itself, and Pillow warns. Both are states of the whole process: they are changed while
any file is being decoded, and then the program that uses colorquant has its own back.
"""

from __future__ import annotations

import ctypes
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from threading import Lock, local
from typing import Any

# libtiff's TIFFErrorHandler: module, a format as of printf, and its arguments, which are not looked at.
_Handler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
# From where on a message tells numbers or names.
_DETAILS = re.compile(r"[,:;.]? ?(?:\b(?:at|of|for|in|from) [\w ]*)?[\"'(]?%.*", re.DOTALL)


class _Quiet:
    def __init__(self) -> None:
        self._lock = Lock()
        self._active = 0
        self._heard = local()
        self._listen = _Handler(self._hear)
        self._silence = _Handler(0)
        self._of_the_program: tuple[Any, Any] = (None, None)
        self._warnings: Any = None

    def _hear(self, module: bytes | None, message: bytes | None, _: object) -> None:
        said = _DETAILS.sub("", (message or b"").decode(errors="replace"))
        if hasattr(self._heard, "messages"):
            self._heard.messages.append(said or (module or b"libtiff").decode(errors="replace"))

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        """Collect what libtiff finds wrong while this thread decodes."""
        outer = getattr(self._heard, "messages", None)
        messages: list[str] = []
        self._heard.messages = messages
        with self._lock:
            self._active += 1
            if self._active == 1:
                self._begin()
        try:
            yield messages
        finally:
            with self._lock:
                self._active -= 1
                if not self._active:
                    self._end()
            if outer is None:
                del self._heard.messages
            else:
                self._heard.messages = outer

    def _begin(self) -> None:
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        warnings.filterwarnings("ignore", module=r"PIL\.")
        set_errors, set_warnings = _setters()
        if set_errors:
            self._of_the_program = set_errors(self._listen), set_warnings(self._silence)

    def _end(self) -> None:
        set_errors, set_warnings = _setters()
        if set_errors:
            set_errors(self._of_the_program[0])
            set_warnings(self._of_the_program[1])
        self._warnings.__exit__(None, None, None)


@cache
def _setters() -> tuple[Any, Any]:
    """Find libtiff's functions among what Pillow has loaded, where they can be found."""
    try:
        library = ctypes.CDLL(import_module("PIL._imaging").__file__)
        functions = library.TIFFSetErrorHandler, library.TIFFSetWarningHandler
    except (AttributeError, OSError):
        return None, None
    for function in functions:
        function.argtypes, function.restype = [_Handler], _Handler
    return functions


quiet = _Quiet()

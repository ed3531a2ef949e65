"""Files that are there whole or not at all, and the standard output."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

_numbers = count()
_unfinished: set[Path] = set()


def write_atomically(path: str, data: bytes) -> None:
    """Write a file under another name in the same folder, and rename it when it is complete.

    Parameters
    ----------
    path : str
        An existing file is replaced, also at the end of a link. Its folder is made where it is missing.
        Devices and pipes are written to directly.
    data : bytes

    Raises
    ------
    OSError
        If it cannot be written. Then nothing is left behind.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own, and not tempfile's, whose files only their owner may read.
    part = target.with_name(f".colorquant-{os.getpid()}-{next(_numbers)}.part")
    _unfinished.add(part)
    try:
        part.write_bytes(data)
        part.replace(target)
    except OSError as error:
        # Nobody asked for a file of the other name.
        error.filename, error.filename2 = path, None
        raise
    finally:
        part.unlink(missing_ok=True)
        _unfinished.discard(part)


def write_to_standard_output(data: bytes) -> None:
    """Write what is no text; an OSError names the standard output."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        error.filename = "standard output"
        raise


def remove_unfinished() -> None:
    """Remove what this process has half written, for a process that ends in the middle of it."""
    for part in _unfinished:
        part.unlink(missing_ok=True)

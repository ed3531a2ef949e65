"""The command: what `colorquant` and `python -m colorquant` start."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command line."""
    # The libraries below numpy start a thread for each processor, and these spin while they wait. On two
    # processors a photo of 0.3 megapixels takes 0.77 s of processor time with them and 0.52 s without, and no
    # longer. Read when numpy is imported, also by the processes that this one starts.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    try:
        from colorquant.cli import main as group  # noqa: PLC0415 - Ctrl-C may come while it loads

        group(prog_name="colorquant")
    except KeyboardInterrupt:
        # As shells say it of a program that a signal ended.
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()

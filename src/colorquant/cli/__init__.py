"""The command line: one module a command."""

from __future__ import annotations

import sys

try:
    import click
except ModuleNotFoundError:
    sys.exit("The colorquant command needs click and rich: pip install 'colorquant[cli]'")

from colorquant import __version__
from colorquant.cli.backfill import backfill
from colorquant.cli.palette import palette
from colorquant.cli.quantize import quantize
from colorquant.cli.redrive import redrive


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    """Find how many colors suit an image, and recolor it with them.

    Completion: put this into the shell's start-up file, with zsh or fish in place of bash where need be.

      eval "$(_COLORQUANT_COMPLETE=bash_source colorquant)"
    """


main.add_command(quantize)
main.add_command(palette)
main.add_command(redrive)
main.add_command(backfill)

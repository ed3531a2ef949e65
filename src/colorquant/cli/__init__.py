"""The command line: one module a command."""

from __future__ import annotations

import errno
import re
import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path

try:
    import click
except ModuleNotFoundError:
    sys.exit("The colorquant command needs three more packages: pip install click rich jinja2")

from colorquant import __version__

# In the order of the help. Each is loaded when it is needed, for no command should wait for the others.
COMMANDS = ("quantize", "palette", "paint-by-numbers", "pattern", "studio", "redrive", "backfill")


class Commands(click.Group):
    """The commands, each a module of its name with a function of its name, with underscores for dashes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(import_module(f"colorquant.cli.{name}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one may be meant, above all by those who name a file first."""
        first = args[0]
        if first not in COMMANDS:
            is_file = Path(first).exists() or re.search(r"[./\\*?]|^-$", first)
            meant = [f"quantize {first}"] if is_file else get_close_matches(first, COMMANDS)
            hint = f" Did you mean 'colorquant {meant[0]}'?" if meant else ""
            ctx.fail(f"No such command {first!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what cannot be written is a sentence, and Ctrl-C has an exit code of its own."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)
        except OSError as error:
            # Whoever closed the pipe has read enough, which click knows how to end.
            if error.errno == errno.EPIPE:
                raise
            named = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{named}{error.strerror or error}.") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__)
def main() -> None:
    """Find how many colors suit an image, and recolor it with them.

    For completion, put this into the shell's start-up file (for zsh and fish, replace bash):

      eval "$(_COLORQUANT_COMPLETE=bash_source colorquant)"
    """

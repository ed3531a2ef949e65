"""The settings as command-line options, each named like its field."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from colorquant.errors import SettingsError
from colorquant.kinds import Colors, Fraction, Name, Switch, Whole, WholeOrAll
from colorquant.settings import (
    BY_CLOSENESS,
    Settings,
    choices_of,
    layer,
    parse_setting,
    read_environment,
    setting_of,
)

if TYPE_CHECKING:
    from colorquant.palette import Palette

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
DEFAULTS = Settings()
# A shell has variables of its own called SEED or REPORT.
PREFIX = "COLORQUANT_"
# Options that are not called like their field.
SHORTER = {"sample_size": "sample", "output_format": "format"}
# What stands for the value in the help, by kind.
METAVARS: dict[type, str] = {
    Whole: "N",
    WholeOrAll: "N|all",
    Fraction: "0..1",
    Colors: "FILE|COLORS",
    Name: "NAME",
}
# What has nothing to decide where every color is given.
SEARCHING = ("colors", "min_colors", "max_colors", "criterion", "quality", "sample_size", "refine")


def option(name: str) -> str:
    """Say how the option of a setting is called."""
    return "--" + SHORTER.get(name, name).replace("_", "-")


def variable(name: str) -> str:
    """Say how the environment variable of a setting is called."""
    return PREFIX + name.upper()


class NamesType(click.ParamType[Any]):
    """One of several names, which the shell completes."""

    @property
    def names(self) -> Iterable[str]:
        """Those that are known now."""
        raise NotImplementedError

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Offer the names that start like what is written so far."""
        return [CompletionItem(name) for name in self.names if name.startswith(incomplete)]


class SettingType(NamesType):
    """The text of a setting, read like the environment variable of the same name.

    Parameters
    ----------
    field : str
        A field of `Settings`.
    """

    name = "setting"

    def __init__(self, field: str) -> None:
        self.field = field

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,
    ) -> Any:
        """Parse the text; values out of range are refused later, by `Settings` itself."""
        try:
            return parse_setting(self.field, value) if isinstance(value, str) else value
        except SettingsError as error:
            raise click.UsageError(str(error.called(option)), ctx) from error

    @property
    def names(self) -> Iterable[str]:
        """Those of the setting."""
        return choices_of(self.field)


class ColorsType(SettingType):
    """Colors: a file that holds them, which becomes a `Palette`, or the colors themselves."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the file where there is one of that name."""
        # Not Path.is_file, which fails on a list of colors that is longer than a name can be.
        if isinstance(value, str) and os.path.isfile(value):  # noqa: PTH113
            from colorquant.palette import Palette  # noqa: PLC0415 - loads numpy

            try:
                return Palette.read(Path(value))
            except SettingsError as error:
                raise click.UsageError(f"{option(self.field)}: {value}: {error}", ctx) from error
        try:
            return super().convert(value, param, ctx)
        except click.UsageError:
            # Colors have no dots and no slashes outside their parentheses.
            if re.search(r"[./\\]", re.sub(r"\(.*?\)", "", value)):
                raise click.UsageError(f"{option(self.field)}: There is no file {value}.", ctx) from None
            raise

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Leave it to the shell, which knows the files."""
        return [CompletionItem(incomplete, type="file")]


class NameOption(click.Option):
    """The option of a setting that is a name; its help lists those that are known when it is asked for."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Add the names and the default."""
        options, text = super().get_help_record(ctx) or ("", "")
        names = choices_of(str(self.name))
        return options, f"{text}: {', '.join(names[:-1])} or {names[-1]}.{_default(str(self.name))}"


def setting(field: str) -> Callable[[Decorated], Decorated]:
    """Make the option of a setting, a field of `Settings`, as its kind says; flags where it is on or off."""
    known = setting_of(field)
    name = option(field)
    if isinstance(known, Switch):
        return click.option(f"{name}/--no-{name[2:]}", field, default=None, help=known.purpose)
    metavar = METAVARS[type(known)]
    reader = ColorsType(field) if isinstance(known, Colors) else SettingType(field)
    if isinstance(known, Name):
        return click.option(name, field, cls=NameOption, metavar=metavar, type=reader, help=known.purpose)
    return click.option(name, field, metavar=metavar, type=reader, help=known.purpose + _default(field))


def _default(field: str) -> str:
    default = getattr(DEFAULTS, field, None)
    return f"  [{default}]" if default not in ((), None) else ""


def output_options(of_one: str, of_all: str) -> Callable[[Decorated], Decorated]:
    """Give a command the options that say where results go, described by what they are there."""
    options = (
        click.option("-o", "--output", metavar="FILE", type=click.Path(allow_dash=True), help=of_one),
        click.option("-d", "--directory", metavar="DIR", type=click.Path(file_okay=False), help=of_all),
        click.option("--force", is_flag=True, help="Replace files that exist."),
    )
    return lambda command: _with(options, command)


# An image that may not be read is told with the others that fail.
IMAGES_ARGUMENT = click.argument(
    "images", nargs=-1, required=True, metavar="IMAGE...", type=click.Path(allow_dash=True, readable=False)
)
# Every command that finds colors has the options of the settings, but for these about what is read and
# written.
ABOUT_FILES = (
    "dither",
    "dither_strength",
    "transparency",
    "output_format",
    "report",
    "max_pixels",
    "max_bytes",
)
CATALOG_OPTION = click.option(
    "--catalog",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Choose from the colors in this file.",
)


def setting_options(command: Decorated) -> Decorated:
    """Give a command the options of the settings that decide on colors, and that of a catalog."""
    about_colors = ("colors", *(field.name for field in fields(Settings) if field.name not in ABOUT_FILES))
    return _with([*map(setting, about_colors), CATALOG_OPTION], command)


def file_options(command: Decorated) -> Decorated:
    """Give a command the options of the settings about what is read and written."""
    return _with([*map(setting, ABOUT_FILES)], command)


def _with(options: Sequence[Callable[[Decorated], Decorated]], command: Decorated) -> Decorated:
    return reduce(lambda decorated, each: each(decorated), reversed(options), command)


def palette_from(colors: Palette | tuple[str, ...] | None) -> Palette | None:
    """Give the palette of the option where it is from a file, which may name colors and say what to write."""
    return None if isinstance(colors, tuple) else colors


def catalog_from(file: str | None, settings: Settings) -> Palette | None:
    """Read the catalog, if one is given."""
    if file is None:
        return None
    from colorquant.palette import Palette  # noqa: PLC0415 - loads numpy

    if settings.palette or settings.keep:
        other = option("palette" if settings.palette else "keep")
        raise click.UsageError(f"--catalog is there to choose from. Leave out --catalog or {other}.")
    try:
        return Palette.read(file)
    except (SettingsError, OSError) as error:
        raise click.UsageError(f"--catalog: {file}: {error}") from error


def settings_from(given: dict[str, Any]) -> Settings:
    """Settle the settings: an option wins over the environment, which wins over the default.

    Options come by the name of their field, None where they were not given; names that are no field are
    ignored. An error names the option or the variable, whichever the person wrote.
    """
    known = {"colors", *(field.name for field in fields(Settings))}
    options = {name: value for name, value in given.items() if name in known and value is not None}
    try:
        environment = read_environment(os.environ, PREFIX)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    from_variables = environment.keys() - options.keys()
    try:
        settings = Settings(**layer(environment, options))
    except SettingsError as error:
        named = error.called(lambda name: variable(name) if name in from_variables else option(name))
        raise click.UsageError(str(named)) from error
    _refuse_ignored(options, settings, catalog=given.get("catalog") is not None)
    return settings


def _refuse_ignored(options: dict[str, Any], settings: Settings, *, catalog: bool) -> None:
    """Refuse options that would change nothing beside the others."""
    fixed = "palette" if "palette" in options else "colors" if "colors" in options else None
    nothing_to_decide: Sequence[str] = {"palette": SEARCHING, "colors": ("quality",), None: ()}[fixed]
    for name in nothing_to_decide:
        if fixed and name in options:
            what = "every color" if fixed == "palette" else "the number"
            raise _ignored(name, f"{option(fixed)} fixes {what}")
    if "refine" in options and catalog:
        raise _ignored("refine", "the colors of --catalog stay as they are")
    if "quality" in options and settings.criterion not in BY_CLOSENESS:
        raise _ignored("quality", f"--criterion {settings.criterion} does not look at closeness")
    if "dither_strength" in options and settings.dither == "none":
        raise _ignored("dither_strength", "nothing is dithered without --dither")


def _ignored(name: str, why: str) -> click.UsageError:
    return click.UsageError(f"{option(name)} would change nothing, since {why}.")

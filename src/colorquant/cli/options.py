"""The settings as command-line options, each named like its field."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from colorquant.errors import SettingsError
from colorquant.settings import (
    COLOR_SPACES,
    CRITERIA,
    DITHERS,
    QUALITIES,
    Settings,
    layer,
    parse_setting,
    read_environment,
)

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
DEFAULTS = Settings()
# A shell has variables of its own called SEED or REPORT.
PREFIX = "COLORQUANT_"
# Options that are not called like their field.
SHORTER = {"sample_size": "sample", "output_format": "format"}


class SettingType(click.ParamType[Any]):
    """The text of a setting, read like the environment variable of the same name.

    Parameters
    ----------
    field : str
        A field of `Settings`.
    choices : sequence of str
        Names to offer when the shell completes.
    """

    name = "setting"

    def __init__(self, field: str, choices: Sequence[str] = ()) -> None:
        self.field = field
        self.choices = choices

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse the text; values out of range are refused later, by `Settings` itself."""
        try:
            return parse_setting(self.field, value) if isinstance(value, str) else value
        except SettingsError as error:
            self.fail(str(error.called(option)), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Offer the names that start like what is written so far."""
        return [CompletionItem(choice) for choice in self.choices if choice.startswith(incomplete)]


class PaletteType(SettingType):
    """A palette: a file that holds one, or the colors themselves."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the file where there is one of that name."""
        # Not Path.is_file, which fails on a list of colors that is longer than a name can be.
        if not isinstance(value, str) or not os.path.isfile(value):  # noqa: PTH113
            return super().convert(value, param, ctx)
        from colorquant.palettes.reader import read_palette  # noqa: PLC0415

        try:
            return read_palette(Path(value).read_bytes())
        except (SettingsError, OSError) as error:
            self.fail(f"{value}: {error}", param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Leave it to the shell, which knows the files."""
        return [CompletionItem(incomplete, type="file")]


def setting(
    field: str,
    metavar: str,
    text: str,
    *,
    choices: Sequence[str] = (),
    name: str = "",
    kind: type[SettingType] = SettingType,
) -> Callable[[Decorated], Decorated]:
    """Make the option of one setting.

    Parameters
    ----------
    field : str
        A field of `Settings`. A field that is true or false becomes a pair of flags.
    metavar : str
        What stands for the value in the help; ignored for flags.
    text : str
        The help; the default is added.
    choices : sequence of str
        Names to offer when the shell completes.
    name : str
        The option's name where it is not the field's.
    kind : type
        What reads the text. Default `SettingType`.

    Returns
    -------
    callable
        A decorator.
    """
    default = getattr(DEFAULTS, field)
    name = name or field.replace("_", "-")
    if isinstance(default, bool):
        return click.option(f"--{name}/--no-{name}", field, default=None, help=text)
    shown = f"{text}  [{default}]" if default != () else text
    return click.option(f"--{name}", field, metavar=metavar, type=kind(field, choices), help=shown)


# One line an option, in the order of the help. What only one command heeds is an option of that command.
SETTING_OPTIONS = (
    setting("min_colors", "N", "Fewest colors to consider."),
    setting("max_colors", "N", "Most colors to consider."),
    setting("criterion", "NAME", "What decides between them.", choices=CRITERIA),
    setting("quality", "low|medium|high", "Closeness to the original; decides by it.", choices=QUALITIES),
    setting("sample_size", "N|all", "Pixels to decide on.", name="sample"),
    setting("color_space", "NAME", "Where distances are taken.", choices=COLOR_SPACES),
    setting("refine", "", "Improve the palette on every pixel."),
    setting("palette", "FILE|COLORS", "Use these colors and no others.", kind=PaletteType),
    setting("keep", "COLORS", "Have these colors in the palette, exactly."),
    setting("dither", "NAME", "floyd-steinberg, ordered or none.", choices=DITHERS),
    setting("dither_strength", "0..1", "How much of it."),
    setting("seed", "N", "Start of the random choices."),
)


def setting_options(command: Decorated) -> Decorated:
    """Give a command the option of every setting in `SETTING_OPTIONS`."""
    return reduce(lambda decorated, option: option(decorated), reversed(SETTING_OPTIONS), command)


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
        return Settings(**layer(environment, options))
    except SettingsError as error:
        named = error.called(lambda name: variable(name) if name in from_variables else option(name))
        raise click.UsageError(str(named)) from error


def option(name: str) -> str:
    """Say how the option of a setting is called."""
    return "--" + SHORTER.get(name, name).replace("_", "-")


def variable(name: str) -> str:
    """Say how the environment variable of a setting is called."""
    return PREFIX + name.upper()

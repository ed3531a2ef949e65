"""The settings as command-line options, each named like its field."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import reduce
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from colorquant.errors import SettingsError
from colorquant.settings import COLOR_SPACES, CRITERIA, QUALITIES, Settings, parse_setting

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
DEFAULTS = Settings()


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
            self.fail(str(error), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Offer the names that start like what is written so far."""
        return [CompletionItem(choice) for choice in self.choices if choice.startswith(incomplete)]


def setting(
    field: str, metavar: str, text: str, choices: Sequence[str] = (), name: str = ""
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

    Returns
    -------
    callable
        A decorator.
    """
    default = getattr(DEFAULTS, field)
    name = name or field.replace("_", "-")
    if isinstance(default, bool):
        return click.option(f"--{name}/--no-{name}", default=None, help=f"{text}  [{str(default).lower()}]")
    shown = f"{text}  [{default}]" if default != () else text
    return click.option(f"--{name}", field, metavar=metavar, type=SettingType(field, choices), help=shown)


# One line an option, in the order of the help.
SETTING_OPTIONS = (
    setting("min_colors", "N", "Fewest colors to consider."),
    setting("max_colors", "N", "Most colors to consider."),
    setting("sample_size", "N|all", "Pixels to find the number on.", name="sample"),
    setting("criterion", "NAME", "What decides.", CRITERIA),
    setting("quality", "low|medium|high", "Closeness to the original; decides by it.", QUALITIES),
    setting("color_space", "NAME", "Where distances are taken.", COLOR_SPACES),
    setting("refine", "", "Improve the palette on every pixel."),
    setting("seed", "N", "Start of the random choices."),
)


def setting_options(command: Decorated) -> Decorated:
    """Give a command the option of every setting in `SETTING_OPTIONS`."""
    return reduce(lambda decorated, option: option(decorated), reversed(SETTING_OPTIONS), command)


def settings_from(given: dict[str, Any]) -> Settings:
    """Settle the settings: an option wins over the environment, which wins over the default.

    Parameters
    ----------
    given : dict
        Options by the name of their field; None where an option was not given. ``colors`` stands for the
        same `min_colors` and `max_colors`, and ``quality`` without ``criterion`` decides by fidelity. Names
        that are no field are ignored.

    Returns
    -------
    Settings

    Raises
    ------
    click.UsageError
        If a value is out of its range.
    """
    known = {field.name for field in fields(Settings)}
    options = {name: value for name, value in given.items() if name in known and value is not None}
    colors = given.get("colors")
    if colors is not None:
        if {"min_colors", "max_colors"} & options.keys():
            raise click.UsageError("--colors fixes the number; drop --min-colors and --max-colors.")
        options |= {"min_colors": colors, "max_colors": colors}
    if "quality" in options:
        options.setdefault("criterion", "fidelity")
    try:
        return replace(Settings.from_environment(os.environ), **options)
    except SettingsError as error:
        raise click.UsageError(str(error)) from error

"""The kinds of values that a setting may have: how each reads text, checks a value and holds it."""

# ruff: noqa: D102 - `Setting` tells what the methods of the others do

from __future__ import annotations

import sys
from collections.abc import Iterable
from operator import index
from typing import Any, Generic, Literal, SupportsFloat, SupportsIndex, TypeVar, overload

from colorquant.codes import Color, code_of, parse_colors
from colorquant.errors import SettingsError

TRUE_OR_FALSE = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

Given = TypeVar("Given")
Held = TypeVar("Held")


class Setting(Generic[Given, Held]):
    """One setting: reads its text, checks its value, and holds it in the form that the rest relies on.

    Parameters
    ----------
    purpose : str
        What it is for, in a few words for the command's help.
    default : object
        None where the default depends on other settings.
    """

    def __init__(self, purpose: str, default: Held | None) -> None:
        self.purpose = purpose
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Given: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Held: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        return self.default if instance is None else vars(instance)[self.name]

    def __set__(self, instance: object, value: Given) -> None:
        vars(instance)[self.name] = self.default if value is None else self.check(value)

    def parse(self, text: str) -> Any:
        """Turn text from the environment or the command line into a value."""
        return text

    def check(self, value: Any) -> Held:
        """Give the value in the form that is held, or refuse it."""
        raise NotImplementedError


class Whole(Setting[SupportsIndex | None, int]):
    """A whole number from `low` to `high`, or without an upper end."""

    def __init__(self, purpose: str, low: int, high: int | None, default: int | None) -> None:
        super().__init__(purpose, default)
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise SettingsError("{0} must be a whole number, not {value!r}.", self.name, value=text) from None

    def check(self, value: Any) -> int:
        number = None if isinstance(value, bool) or not hasattr(value, "__index__") else index(value)
        if number is None or number < self.low or (self.high is not None and number > self.high):
            span = f"from {self.low} up" if self.high is None else f"from {self.low} to {self.high}"
            shown = value if number is None else number
            raise SettingsError(
                f"{{0}} must be a whole number {span}, not {{value!r}}.", self.name, value=shown
            )
        return number


class WholeOrAll(Setting[SupportsIndex | Literal["all"] | None, int | Literal["all"]]):
    """A whole number from `low` up, or ``"all"``."""

    def __init__(self, purpose: str, low: int, default: int | None) -> None:
        super().__init__(purpose, default)
        self.low = low

    def parse(self, text: str) -> int | Literal["all"]:
        try:
            return "all" if text == "all" else int(text)
        except ValueError:
            raise self._refused(text) from None

    def check(self, value: Any) -> int | Literal["all"]:
        if isinstance(value, str) and value == "all":
            return "all"
        if isinstance(value, bool) or not hasattr(value, "__index__") or index(value) < self.low:
            raise self._refused(value)
        return index(value)

    def _refused(self, value: object) -> SettingsError:
        return SettingsError(
            f"{{0}} must be a whole number from {self.low} up or 'all', not {{value!r}}.",
            self.name,
            value=value,
        )


class Name(Setting[Held | None, Held]):
    """One of several names.

    Whoever adds an entry to a registry at run time, ``module:NAME`` of a mapping, has its name accepted too.
    """

    def __init__(
        self, purpose: str, known: tuple[Held, ...], default: Held | None, registry: str = ""
    ) -> None:
        super().__init__(purpose, default)
        self.known = known
        self.registry = registry

    @property
    def names(self) -> tuple[Any, ...]:
        """All that are known now."""
        module, _, name = self.registry.partition(":")
        # What was added to a module has loaded it, so that nothing heavy is loaded here.
        registered = getattr(sys.modules.get(module), name, ())
        return tuple(dict.fromkeys((*self.known, *registered)))

    def check(self, value: Any) -> Held:
        names = self.names
        if not isinstance(value, str) or value not in names:
            known = ", ".join(map(str, names))
            raise SettingsError(
                "{0} must be one of {known}, not {value!r}.", self.name, known=known, value=value
            )
        found: Held = names[names.index(value)]
        return found


class Switch(Setting[bool | None, bool]):
    """On or off."""

    def parse(self, text: str) -> bool:
        try:
            return TRUE_OR_FALSE[text.lower()]
        except KeyError:
            raise SettingsError("{0} must be true or false, not {value!r}.", self.name, value=text) from None

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise SettingsError("{0} must be True or False, not {value!r}.", self.name, value=value)
        return value


class Fraction(Setting[SupportsFloat | None, float]):
    """A number from 0 to 1."""

    def parse(self, text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise SettingsError("{0} must be a number, not {value!r}.", self.name, value=text) from None

    def check(self, value: Any) -> float:
        if isinstance(value, bool | str) or not hasattr(value, "__float__") or not 0 <= float(value) <= 1:
            raise SettingsError("{0} must be a number from 0 to 1, not {value!r}.", self.name, value=value)
        return float(value)


class Colors(Setting[str | Iterable[Color] | None, tuple[str, ...]]):
    """At most `most` colors, held as ``#rrggbb``, a repeated one once."""

    def __init__(self, purpose: str, most: int, default: tuple[str, ...]) -> None:
        super().__init__(purpose, default)
        self.most = most

    def parse(self, text: str) -> tuple[str, ...]:
        try:
            return parse_colors(text)
        except SettingsError as error:
            raise SettingsError("{0}: {why}", self.name, why=str(error)) from None

    def check(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return self.parse(value)
        try:
            colors = tuple(dict.fromkeys(map(code_of, value)))
        except SettingsError as error:
            raise SettingsError("{0}: {why}", self.name, why=str(error)) from None
        except (TypeError, ValueError):
            raise SettingsError(
                "{0} must be colors like '#e4002b', 'white' or (228, 0, 43), not {value!r}.",
                self.name,
                value=value,
            ) from None
        if len(colors) > self.most:
            raise SettingsError(
                f"{{0}} has {len(colors)} colors; at most {self.most} fit into one image.", self.name
            )
        return colors

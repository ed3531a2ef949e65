"""Every knob: its unit, range and default, and the one place that checks it."""

# ruff: noqa: D102, RUF009 - `Setting` tells what its methods do, and its instances are descriptors

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, fields
from operator import index
from typing import Any, Generic, Literal, SupportsFloat, SupportsIndex, TypeVar, get_args, overload

from colorquant.errors import SettingsError

# The names stand here, and not with the functions, so that a wrong one is refused without the engine.
Criterion = Literal[
    "silhouette",
    "silhouette-macro",
    "calinski-harabasz",
    "davies-bouldin",
    "fidelity",
    "auto",
]
Quality = Literal["low", "medium", "high"]
ColorSpace = Literal["auto", "rgb", "cielab", "oklab"]
Dither = Literal["none", "floyd-steinberg", "ordered"]
Engine = Literal["colorquant", "scikit-learn"]
OutputFormat = Literal["png", "webp"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
QUALITIES: tuple[Quality, ...] = get_args(Quality)
COLOR_SPACES: tuple[ColorSpace, ...] = get_args(ColorSpace)
DITHERS: tuple[Dither, ...] = get_args(Dither)
ENGINES: tuple[Engine, ...] = get_args(Engine)
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
# The criteria that look at how close the colors are to the original, as `quality` says.
BY_CLOSENESS = ("fidelity", "auto")
# What an index of one byte can tell apart.
MOST_COLORS = 256
# Where nothing is said about either; a bound given alone moves the other one out of its way.
FEWEST_BY_DEFAULT, MOST_BY_DEFAULT = 8, 32
TRUE_OR_FALSE = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
# numpy's generators take any integer that is not negative; 32 bits are what scikit-learn's take.
LARGEST_SEED = 2**32 - 1
# OpenCV refuses images of more pixels (CV_IO_MAX_IMAGE_PIXELS), and they would need over 10 GB.
MOST_PIXELS = 2**30
# What the service does unless told otherwise: the classic recipe.
RECIPE: Mapping[str, Any] = {"criterion": "silhouette"}

Given = TypeVar("Given")
Held = TypeVar("Held")
Color = str | Iterable[SupportsIndex]
"""``"#e4002b"``, ``"#fff"``, the name of a CSS color, or red, green and blue from 0 to 255."""


class Setting(Generic[Given, Held]):
    """One setting: reads its text, checks its value, and holds it in the form that the rest relies on.

    Parameters
    ----------
    default : object
        None where the default depends on other settings.
    """

    def __init__(self, default: Held | None) -> None:
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

    def __init__(self, low: int, high: int | None, default: int | None) -> None:
        super().__init__(default)
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

    def __init__(self, low: int, default: int) -> None:
        super().__init__(default)
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
    """One of several names."""

    def __init__(self, known: tuple[Held, ...], default: Held | None) -> None:
        super().__init__(default)
        self.known = known

    def check(self, value: Any) -> Held:
        if not isinstance(value, str) or value not in self.known:
            known = ", ".join(map(str, self.known))
            raise SettingsError(
                "{0} must be one of {known}, not {value!r}.", self.name, known=known, value=value
            )
        return self.known[self.known.index(value)]


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
    """Colors, held as ``#rrggbb``, a repeated one once."""

    def parse(self, text: str) -> tuple[str, ...]:
        try:
            return parse_colors(text)
        except SettingsError as error:
            raise SettingsError("{0}: {why}", self.name, why=str(error)) from None

    def check(self, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            return self.parse(value)
        try:
            colors = tuple(dict.fromkeys(map(_code, value)))
        except SettingsError as error:
            raise SettingsError("{0}: {why}", self.name, why=str(error)) from None
        except (TypeError, ValueError):
            raise SettingsError(
                "{0} must be colors like '#e4002b', 'white' or (228, 0, 43), not {value!r}.",
                self.name,
                value=value,
            ) from None
        if len(colors) > MOST_COLORS:
            raise SettingsError(
                f"{{0}} has {len(colors)} colors; at most {MOST_COLORS} fit into one image.", self.name
            )
        return colors


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a quantization may be told. Immutable, and valid once it exists.

    None stands for the default of every field.

    Parameters
    ----------
    min_colors : int
        Fewest colors to consider, 2 to 256. An image with no more distinct colors than this keeps them
        exactly. Default 8, or `max_colors` where that is less.
    max_colors : int
        Most colors to consider, `min_colors` to 256. Each further one costs a clustering. Default 32, or
        `min_colors` where that is more.
    colors : int, optional
        Exactly this many: stands for the same `min_colors` and `max_colors`.
    sample_size : int or "all"
        How many pixels the number of colors is found on, 2 upwards, drawn without replacement. ``"all"``
        takes every pixel, as a weighted histogram of the colors. The criterion ``"auto"`` looks for flat
        colors in five times as many. Default 1000.
    criterion : str
        What decides between the numbers of colors; a name in `colorquant.engine.selection.CRITERIA`.
        Default ``"auto"``, or ``"fidelity"`` where a `quality` is given.
    quality : str
        How close the criteria ``"fidelity"`` and ``"auto"`` stay to the original: ``"low"``, ``"medium"`` or
        ``"high"``, as in `colorquant.engine.selection.FIDELITY`. More takes more colors; the other criteria
        ignore it. Default ``"medium"``.
    color_space : str
        Color space for averages and distances: ``"rgb"``, ``"cielab"`` or ``"oklab"``. The last two come
        closer to what the eye sees, and cost a conversion of every distinct color. Default ``"auto"``: Oklab
        with the criteria ``"fidelity"`` and ``"auto"``, and RGB with the others.
    refine : bool
        Improve the chosen palette on every pixel, and not only on the sampled ones. Lowers the squared error
        of photographs by 6 % with 8 colors and by 12 % with 32, for about a tenth of a second. Does not
        change the number of colors. Default True.
    engine : str
        What clusters: ``"colorquant"``, or ``"scikit-learn"`` for its `KMeans`, which must be installed.
        Default ``"colorquant"``.
    seed : int
        Random seed, 0 to 2**32 - 1. The same seed gives the same bytes. Default 0.
    palette : colors
        Recolor with these colors and no others, 1 to 256 of them; nothing is searched for. Colors are
        ``"#e4002b"``, ``"#fff"``, names of CSS colors, or numbers from 0 to 255; several stand in any
        iterable, an array of uint8 of shape (k, 3), or one string with commas. Held as a tuple of
        ``"#rrggbb"``. Default none.
    keep : colors
        Colors that the palette must have exactly, at most `max_colors`; the others are fitted around them.
        Default none.
    dither : str
        How pixels may differ from their nearest palette color to look smoother from afar: ``"none"``,
        ``"floyd-steinberg"`` (spreads each pixel's error over its neighbors) or ``"ordered"`` (a regular
        pattern). Makes the file larger. Default ``"none"``.
    dither_strength : float
        How much of the error is made up for, 0 (as without dithering) to 1. Default 1.
    report : bool
        Whether to write the report, an HTML page, beside the image. `quantize` itself ignores it.
        Default False.
    max_pixels : int
        Largest image to accept, in pixels, 1 to 2**30; checked on the header. Default 100 000 000.
    max_bytes : int
        Largest input to accept, in bytes; checked before it is read. Default 104 857 600 (100 MiB).
    output_format : str
        How the image is written: ``"png"``, indexed where it can be, or ``"webp"``, lossless, which is
        smaller and takes longer. Default ``"png"``.

    Raises
    ------
    SettingsError
        If a value is out of its range.

    Examples
    --------
    >>> Settings(max_colors=4).min_colors
    4
    >>> Settings(palette=["white", "#E4002B", (0, 0, 0)]).palette
    ('#ffffff', '#e4002b', '#000000')
    >>> Settings(min_colors=40, max_colors=32)
    Traceback (most recent call last):
        ...
    colorquant.errors.SettingsError: min_colors must be at most max_colors; 40 is more than 32.
    """

    min_colors: Whole = Whole(2, MOST_COLORS, None)
    max_colors: Whole = Whole(2, MOST_COLORS, None)
    colors: InitVar[SupportsIndex | None] = None
    sample_size: WholeOrAll = WholeOrAll(2, 1000)
    criterion: Name[Criterion] = Name(CRITERIA, None)
    quality: Name[Quality] = Name(QUALITIES, None)
    color_space: Name[ColorSpace] = Name(COLOR_SPACES, "auto")
    refine: Switch = Switch(True)
    engine: Name[Engine] = Name(ENGINES, "colorquant")
    seed: Whole = Whole(0, LARGEST_SEED, 0)
    palette: Colors = Colors(())
    keep: Colors = Colors(())
    dither: Name[Dither] = Name(DITHERS, "none")
    dither_strength: Fraction = Fraction(1.0)
    report: Switch = Switch(False)
    max_pixels: Whole = Whole(1, MOST_PIXELS, 100_000_000)
    max_bytes: Whole = Whole(1, None, 104_857_600)
    output_format: Name[OutputFormat] = Name(OUTPUT_FORMATS, "png")

    def __post_init__(self, colors: SupportsIndex | None) -> None:
        held = vars(self)
        given = {name: value for name, value in held.items() if value is not None} | {"colors": colors}
        given = held["_given"] = layer({}, given)
        low, high = (given.get(bound) for bound in ("min_colors", "max_colors"))
        held["min_colors"] = min(FEWEST_BY_DEFAULT, high or FEWEST_BY_DEFAULT) if low is None else low
        held["max_colors"] = max(MOST_BY_DEFAULT, low or MOST_BY_DEFAULT) if high is None else high
        held["criterion"] = given.get("criterion", "auto")
        held["quality"] = given.get("quality", "medium")
        self._check_together()

    def _check_together(self) -> None:
        if self.min_colors > self.max_colors:
            raise SettingsError(
                f"{{0}} must be at most {{1}}; {self.min_colors} is more than {self.max_colors}.",
                "min_colors",
                "max_colors",
            )
        if self.palette and self.keep:
            raise SettingsError(
                "{0} fixes every color, so {1} would change nothing. Give one of them.", "palette", "keep"
            )
        if len(self.keep) > self.max_colors:
            raise SettingsError(
                f"{{0}} has {len(self.keep)} colors, but {{1}} is {self.max_colors}.", "keep", "max_colors"
            )

    @property
    def space(self) -> Literal["rgb", "cielab", "oklab"]:
        """The color space that `color_space` comes to."""
        if self.color_space == "auto":
            return "oklab" if self.criterion in BY_CLOSENESS else "rgb"
        return self.color_space

    def changed(self, **given: Any) -> Settings:
        """Give these settings with others on top, as if they had been given together.

        Unlike `dataclasses.replace`, this knows which settings were left to their defaults, so that a bound
        given alone still moves the other.

        Parameters
        ----------
        **given
            Fields and their values, as `Settings` takes them.

        Returns
        -------
        Settings

        Raises
        ------
        SettingsError
            As from `Settings`.

        Examples
        --------
        >>> Settings(seed=3).changed(colors=12).max_colors
        12
        """
        return type(self)(**layer(vars(self)["_given"], given))

    @classmethod
    def recipe(cls, **given: Any) -> Settings:
        """Give the settings of the service: the best silhouette in RGB, unless told otherwise.

        Parameters
        ----------
        **given
            Fields and their values, as `Settings` takes them.

        Returns
        -------
        Settings

        Raises
        ------
        SettingsError
            As from `Settings`.

        Examples
        --------
        >>> Settings.recipe().criterion, Settings.recipe(quality="high").criterion
        ('silhouette', 'fidelity')
        """
        return cls(**layer(RECIPE, given))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the service's settings from variables named like the fields, in upper case.

        Parameters
        ----------
        environment : mapping of str to str
            Usually `os.environ`. A variable that is missing or empty leaves the default, which is that of
            `recipe`.

        Returns
        -------
        Settings

        Raises
        ------
        SettingsError
            If a value is not a number where one is needed, or is out of its range. It names the variable.

        Examples
        --------
        >>> Settings.from_environment({"MAX_COLORS": "12", "SAMPLE_SIZE": "all"}).sample_size
        'all'
        """
        given = read_environment(environment)
        try:
            return cls.recipe(**given)
        except SettingsError as error:
            raise error.called(str.upper) from None


def layer(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay settings over others that were given earlier, with all that follows from them.

    `colors` becomes both bounds, and a quality given without a criterion takes one that heeds it.

    Examples
    --------
    >>> layer({"criterion": "silhouette", "max_colors": 9}, {"quality": "high", "colors": 12})
    {'criterion': 'fidelity', 'max_colors': 12, 'quality': 'high', 'min_colors': 12}
    """
    given = {name: value for name, value in above.items() if value is not None}
    colors = given.pop("colors", None)
    if colors is not None:
        if given.keys() & {"min_colors", "max_colors"}:
            raise SettingsError(
                "{0} fixes the number. Leave out {1} and {2}.", "colors", "min_colors", "max_colors"
            )
        given |= dict.fromkeys(("min_colors", "max_colors"), _COLORS.check(colors))
    if "quality" in given and "criterion" not in given and below.get("criterion") not in BY_CLOSENESS:
        given["criterion"] = "fidelity"
    return {**below, **given}


def read_environment(environment: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """Read what the environment gives of the settings, by the fields' names.

    Raises
    ------
    SettingsError
        If a text cannot be what its setting needs. It names the variable.

    Examples
    --------
    >>> read_environment({"COLORQUANT_SEED": "3", "SEED": "here", "COLORQUANT_KEEP": ""}, "COLORQUANT_")
    {'seed': 3}
    """
    given: dict[str, Any] = {}
    for field in fields(Settings):
        text = environment.get(prefix + field.name.upper(), "").strip()
        if text:
            try:
                given[field.name] = parse_setting(field.name, text)
            except SettingsError as error:
                raise error.called(lambda name: prefix + name.upper()) from None
    return given


def choices_of(name: str) -> tuple[str, ...]:
    """Give the names that a setting can be one of; empty where it is not a name."""
    setting = vars(Settings).get(name)
    return setting.known if isinstance(setting, Name) else ()


def parse_setting(name: str, text: str) -> Any:
    """Turn the text of one setting, a field of `Settings`, into its value; its range is checked later.

    Raises
    ------
    SettingsError
        If the text cannot be what the setting needs.

    Examples
    --------
    >>> parse_setting("keep", "#FFF, e4002b")
    ('#ffffff', '#e4002b')
    """
    setting: Setting[Any, Any] = _COLORS if name == "colors" else vars(Settings)[name]
    return setting.parse(text)


def parse_colors(text: str) -> tuple[str, ...]:
    """Read a list of colors.

    Parameters
    ----------
    text : str
        ``#rrggbb`` or ``#rgb``, with or without the number sign, names of CSS colors, or CSS functions such
        as ``rgb(228, 0, 43)``, between commas or blanks.

    Returns
    -------
    tuple of str
        As ``#rrggbb`` in lower case; a repeated color once.

    Raises
    ------
    SettingsError
        If one of them is not a color.
    """
    words = re.findall(r"[^\s,;()]+(?:\([^()]*\))?|[()]", text) or [""]
    return tuple(dict.fromkeys(map(_code_of, words)))


def _code_of(word: str) -> str:
    digits = word.strip().removeprefix("#").lower()
    if re.fullmatch(r"[0-9a-f]{6}", digits):
        return "#" + digits
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        return "#" + "".join(2 * digit for digit in digits)
    # Only those who write names wait for Pillow.
    from PIL.ImageColor import getrgb  # noqa: PLC0415

    try:
        channels = bytes(getrgb(word))
    except ValueError:
        channels = b""
    # Four of them would have an opacity, which a palette does not.
    if len(channels) != 3:
        raise SettingsError(
            "{value!r} is not a color. Write colors like #e4002b or red, with commas between them.",
            value=word,
        )
    return "#" + channels.hex()


def _code(color: Any) -> str:
    """Give one color as ``#rrggbb``; what cannot be one is a TypeError or a ValueError."""
    if isinstance(color, str):
        return _code_of(color)
    red, green, blue = map(index, color)
    return "#" + bytes((red, green, blue)).hex()


_COLORS = Whole(2, MOST_COLORS, None)
_COLORS.__set_name__(Settings, "colors")

"""Every knob: its unit, range and default, and the one place that checks it."""

# ruff: noqa: RUF009 - the defaults of the fields are descriptors

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, fields
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypedDict, Unpack, get_args

from colorquant.codes import Color
from colorquant.errors import SettingsError
from colorquant.kinds import Colors, Fraction, Name, Setting, Switch, Whole, WholeOrAll
from colorquant.names import ColorSpace, Criterion, Dither, Quality, Space

Engine = Literal["colorquant", "scikit-learn"]
Transparency = Literal["indexed", "exact"]
OutputFormat = Literal["png", "webp"]
CRITERIA: tuple[Criterion, ...] = get_args(Criterion)
QUALITIES: tuple[Quality, ...] = get_args(Quality)
COLOR_SPACES: tuple[ColorSpace, ...] = get_args(ColorSpace)
DITHERS: tuple[Dither, ...] = get_args(Dither)
ENGINES: tuple[Engine, ...] = get_args(Engine)
TRANSPARENCIES: tuple[Transparency, ...] = get_args(Transparency)
OUTPUT_FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
# The criteria that look at how close the colors are to the original, as `quality` says.
BY_CLOSENESS = ("fidelity", "auto")
# What an index of one byte can tell apart.
MOST_COLORS = 256
# Pixels of the sample where nothing is said about it. The classic recipe's thousand, of which each is
# compared with each other one; looks can be judged on more, and then another sample hardly moves the number.
SAMPLE_TO_COMPARE, SAMPLE_TO_LOOK_AT = 1000, 4096
# Where nothing is said about either; a bound given alone moves the other one out of its way.
FEWEST_BY_DEFAULT, MOST_BY_DEFAULT = 8, 32
# numpy's generators take any integer that is not negative; 32 bits are what scikit-learn's take.
LARGEST_SEED = 2**32 - 1
# OpenCV refuses images of more pixels (CV_IO_MAX_IMAGE_PIXELS), and they would need over 10 GB.
MOST_PIXELS = 2**30
# What the service does unless told otherwise: the classic recipe.
RECIPE: Mapping[str, Any] = {"criterion": "silhouette"}


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
        takes every pixel, as a weighted histogram of the colors. Default 4096 with the criteria ``"auto"``
        and ``"fidelity"``, and 1000 with the others.
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
        ``"floyd-steinberg"`` (spreads each pixel's error over its neighbors), ``"blue-noise"`` (an irregular
        pattern) or ``"ordered"`` (a regular one). Makes the file larger. Default ``"none"``.
    dither_strength : float
        How much of the error is made up for, 0 (as without dithering) to 1. Default 1.
    transparency : str
        What becomes of partly transparent pixels. ``"indexed"`` takes as few pairs of a color and an
        opacity as look close to the original, 256 at most, so that the PNG stays indexed, which about halves
        the file; ``"exact"`` keeps each opacity. Without such pixels both are the same. Default
        ``"indexed"``.
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

    min_colors: Whole = Whole("Fewest colors to consider.", 2, MOST_COLORS, None)
    max_colors: Whole = Whole("Most colors to consider.", 2, MOST_COLORS, None)
    colors: InitVar[SupportsIndex | None] = None
    sample_size: WholeOrAll = WholeOrAll("Pixels to find the number on.", 2, None)
    criterion: Name[Criterion] = Name(
        "How the number is chosen", CRITERIA, None, "colorquant.engine.selection:CRITERIA"
    )
    quality: Name[Quality] = Name("Closeness", QUALITIES, None)
    color_space: Name[ColorSpace] = Name("Color space for distances", COLOR_SPACES, "auto")
    refine: Switch = Switch("Improve the palette on every pixel.", True)
    engine: Name[Engine] = Name("Engine", ENGINES, "colorquant")
    seed: Whole = Whole("Random seed.", 0, LARGEST_SEED, 0)
    palette: Colors = Colors("Use these colors and no others.", MOST_COLORS, ())
    keep: Colors = Colors("Keep these colors exactly.", MOST_COLORS, ())
    dither: Name[Dither] = Name("Dithering", DITHERS, "none", "colorquant.engine.dither:METHODS")
    dither_strength: Fraction = Fraction("Strength of the dithering.", 1.0)
    transparency: Name[Transparency] = Name("Opacities", TRANSPARENCIES, "indexed")
    report: Switch = Switch("Write an HTML page about each image.", False)
    max_pixels: Whole = Whole("Largest image to accept, in pixels.", 1, MOST_PIXELS, 100_000_000)
    max_bytes: Whole = Whole("Largest file to accept, in bytes.", 1, None, 104_857_600)
    output_format: Name[OutputFormat] = Name("Format of the results", OUTPUT_FORMATS, "png")

    def __post_init__(self, colors: SupportsIndex | None) -> None:
        held = vars(self)
        given = {name: value for name, value in held.items() if value is not None} | {"colors": colors}
        given = held["_given"] = layer({}, given)
        low, high = (given.get(bound) for bound in ("min_colors", "max_colors"))
        held["min_colors"] = min(FEWEST_BY_DEFAULT, high or FEWEST_BY_DEFAULT) if low is None else low
        held["max_colors"] = max(MOST_BY_DEFAULT, low or MOST_BY_DEFAULT) if high is None else high
        held["criterion"] = given.get("criterion", "auto")
        held["quality"] = given.get("quality", "medium")
        if held["sample_size"] is None:
            held["sample_size"] = SAMPLE_TO_LOOK_AT if self.criterion in BY_CLOSENESS else SAMPLE_TO_COMPARE
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
    def space(self) -> Space:
        """The color space that `color_space` comes to."""
        if self.color_space == "auto":
            return "oklab" if self.criterion in BY_CLOSENESS else "rgb"
        return self.color_space

    def changed(self, **given: Unpack[Given]) -> Settings:
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
    def recipe(cls, **given: Unpack[Given]) -> Settings:
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


class Recoloring(TypedDict, total=False):
    """Single settings that count where the palette is there."""

    color_space: ColorSpace | None
    engine: Engine | None
    dither: Dither | None
    dither_strength: SupportsFloat | None
    transparency: Transparency | None
    output_format: OutputFormat | None


class Given(Recoloring, total=False):
    """Single settings, as functions take them beside `Settings`."""

    min_colors: SupportsIndex | None
    max_colors: SupportsIndex | None
    colors: SupportsIndex | None
    sample_size: SupportsIndex | Literal["all"] | None
    criterion: Criterion | None
    quality: Quality | None
    refine: bool | None
    seed: SupportsIndex | None
    palette: str | Iterable[Color] | None
    keep: str | Iterable[Color] | None
    report: bool | None
    max_pixels: SupportsIndex | None
    max_bytes: SupportsIndex | None


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
    """Give the names that a setting can be one of, registered ones too; empty where it is not a name."""
    setting = setting_of(name)
    return setting.names if isinstance(setting, Name) else ()


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
    return setting_of(name).parse(text)


def setting_of(name: str) -> Setting[Any, Any]:
    """Give what is known of a setting: a field of `Settings`, or ``"colors"``."""
    setting: Setting[Any, Any] = _COLORS if name == "colors" else vars(Settings)[name]
    return setting


_COLORS = Whole("Take exactly N colors.", 2, MOST_COLORS, None)
_COLORS.__set_name__(Settings, "colors")

"""Every knob: its unit, range and default, and the one place that checks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from colorquant.errors import SettingsError

# An index is one byte, and an image with on-or-off transparency needs one entry more than its colors.
MOST_COLORS = 255
# The names stand here, and not with the functions, so that a wrong one is refused without the engine.
CRITERIA = (
    "silhouette",
    "silhouette-macro",
    "calinski-harabasz",
    "davies-bouldin",
    "fidelity",
    "auto",
)
COLOR_SPACES = ("rgb", "cielab", "oklab")
QUALITIES = ("low", "medium", "high")
DITHERS = ("none", "floyd-steinberg", "ordered")
OUTPUT_FORMATS = ("png", "webp")
TRUE_OR_FALSE = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
# numpy's generators take any integer that is not negative; 32 bits are what scikit-learn's take.
LARGEST_SEED = 2**32 - 1
# OpenCV refuses images of more pixels (CV_IO_MAX_IMAGE_PIXELS), and they would need over 10 GB.
MOST_PIXELS = 2**30


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a quantization may be told. Immutable, and valid once it exists.

    Parameters
    ----------
    min_colors : int
        Fewest colors to consider, 2 to 255. An image with no more distinct colors than this keeps them
        exactly. Default 8.
    max_colors : int
        Most colors to consider, `min_colors` to 255. Each further one costs a clustering. Default 32.
    sample_size : int or "all"
        How many pixels the number of colors is found on, 2 upwards, drawn without replacement. ``"all"``
        takes every pixel, as a weighted histogram of the colors. The criterion ``"auto"`` looks for flat
        colors in five times as many. Default 1000.
    criterion : str
        What decides between the numbers of colors; a name in `colorquant.engine.selection.CRITERIA`.
        Default ``"silhouette"``.
    quality : str
        How close the criteria ``"fidelity"`` and ``"auto"`` stay to the original: ``"low"``, ``"medium"`` or
        ``"high"``, as in `colorquant.engine.selection.FIDELITY`. More takes more colors; the other criteria
        do not heed it. Default ``"medium"``.
    color_space : str
        Where colors are averaged and distances taken: ``"rgb"``, ``"cielab"`` or ``"oklab"``. The last two
        come nearer to what the eye sees, and cost a conversion of every distinct color. Default ``"rgb"``.
    refine : bool
        Improve the chosen palette on every pixel, and not only on the sampled ones. Lowers the squared error
        of photographs by 6 % with 8 colors and by 12 % with 32, for about a tenth of a second. Does not
        change the number of colors. Default True.
    seed : int
        Start of every random choice, 0 to 2**32 - 1. The same seed gives the same bytes. Default 0.
    palette : tuple of str
        Recolor with these colors and no others, 1 to 255 of them as ``"#rrggbb"``; nothing is searched for.
        Default none.
    keep : tuple of str
        Colors that the palette must have to the bit, at most `max_colors`; the others are fitted around
        them. Default none.
    dither : str
        How pixels may differ from their nearest palette color to look smoother from afar: ``"none"``,
        ``"floyd-steinberg"`` (spreads each pixel's error over its neighbors) or ``"ordered"`` (a regular
        pattern). Makes the file larger. Default ``"none"``.
    dither_strength : float
        How much of the error is made up for, 0 (as without dithering) to 1. Default 1.
    report : bool
        Whether to write the report, an HTML page, beside the image. `quantize` itself does not heed it.
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
    >>> Settings(max_colors=16).max_colors
    16
    >>> Settings(min_colors=40)
    Traceback (most recent call last):
        ...
    colorquant.errors.SettingsError: MIN_COLORS must be at most MAX_COLORS; 40 is more than 32.
    """

    min_colors: int = 8
    max_colors: int = 32
    sample_size: int | Literal["all"] = 1000
    criterion: str = "silhouette"
    quality: str = "medium"
    color_space: str = "rgb"
    refine: bool = True
    seed: int = 0
    palette: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    dither: str = "none"
    dither_strength: float = 1.0
    report: bool = False
    max_pixels: int = 100_000_000
    max_bytes: int = 104_857_600
    output_format: str = "png"

    def __post_init__(self) -> None:
        _check_number("MIN_COLORS", self.min_colors, 2, MOST_COLORS)
        _check_number("MAX_COLORS", self.max_colors, 2, MOST_COLORS)
        if self.min_colors > self.max_colors:
            raise SettingsError(
                f"MIN_COLORS must be at most MAX_COLORS; {self.min_colors} is more than {self.max_colors}."
            )
        if self.sample_size != "all":
            _check_number("SAMPLE_SIZE", self.sample_size, 2, None, otherwise=" or 'all'")
        _check_name("CRITERION", self.criterion, CRITERIA)
        _check_name("QUALITY", self.quality, QUALITIES)
        _check_name("COLOR_SPACE", self.color_space, COLOR_SPACES)
        _check_switch("REFINE", self.refine)
        _check_number("SEED", self.seed, 0, LARGEST_SEED)
        _check_colors("PALETTE", self.palette, MOST_COLORS)
        _check_colors("KEEP", self.keep, self.max_colors)
        if self.palette and self.keep:
            raise SettingsError("PALETTE fixes every color, so KEEP has no say. Give one of them.")
        _check_name("DITHER", self.dither, DITHERS)
        _check_fraction("DITHER_STRENGTH", self.dither_strength)
        _check_number("MAX_PIXELS", self.max_pixels, 1, MOST_PIXELS)
        _check_number("MAX_BYTES", self.max_bytes, 1, None)
        _check_name("OUTPUT_FORMAT", self.output_format, OUTPUT_FORMATS)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from variables named like the fields, in upper case.

        Parameters
        ----------
        environment : mapping of str to str
            Usually `os.environ`. A variable that is missing or empty leaves the default.

        Returns
        -------
        Settings

        Raises
        ------
        SettingsError
            If a value is not a number where one is needed, or is out of its range.

        Examples
        --------
        >>> Settings.from_environment({"MAX_COLORS": "12", "SAMPLE_SIZE": "all"}).sample_size
        'all'
        """
        values: dict[str, object] = {}
        for field in fields(cls):
            text = environment.get(field.name.upper(), "").strip()
            if text:
                values[field.name] = parse_setting(field.name, text)
        return cls(**values)  # type: ignore[arg-type]


def parse_setting(name: str, text: str) -> object:
    """Turn one setting's text into its value.

    Parameters
    ----------
    name : str
        A field of `Settings`.
    text : str
        What was written in the environment or on the command line.

    Returns
    -------
    object
        Of the type that the field's default has.

    Raises
    ------
    SettingsError
        If the text does not read as that type.

    Examples
    --------
    >>> parse_setting("keep", "#FFF, e4002b")
    ('#ffffff', '#e4002b')
    """
    default = getattr(Settings, name)
    if isinstance(default, tuple):
        return parse_colors(text)
    if isinstance(default, str) or (name == "sample_size" and text == "all"):
        return text
    try:
        if isinstance(default, bool):
            return TRUE_OR_FALSE[text.lower()]
        return type(default)(text)
    except (KeyError, ValueError):
        kind = {bool: "true or false", float: "a number"}.get(type(default), "a whole number")
        also = " or 'all'" if name == "sample_size" else ""
        raise SettingsError(f"{name.upper()} must be {kind}{also}, not {text!r}.") from None


def parse_colors(text: str) -> tuple[str, ...]:
    """Read a list of colors.

    Parameters
    ----------
    text : str
        ``#rrggbb`` or ``#rgb``, with or without the number sign, between commas or blanks.

    Returns
    -------
    tuple of str
        As ``#rrggbb`` in lower case; a repeated color once.

    Raises
    ------
    SettingsError
        If one of them is no color.
    """
    colors: list[str] = []
    for word in re.split(r"[\s,;]+", text.strip(" \t\r\n,;")):
        digits = word.removeprefix("#").lower()
        if not re.fullmatch(r"[0-9a-f]{3}|[0-9a-f]{6}", digits):
            raise SettingsError(f"{word!r} is no color. Write colors like #e4002b, with commas between them.")
        colors.append("#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits)))
    return tuple(dict.fromkeys(colors))


def _check_switch(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise SettingsError(f"{name} must be True or False, not {value!r}.")


def _check_name(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingsError(f"{name} must be one of {', '.join(known)}, not {value!r}.")


def _check_number(name: str, value: object, low: int, high: int | None, otherwise: str = "") -> None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or value < low or (high is not None and value > high):  # type: ignore[operator]
        span = f"from {low} up" if high is None else f"from {low} to {high}"
        raise SettingsError(f"{name} must be a whole number {span}{otherwise}, not {value!r}.")


def _check_fraction(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise SettingsError(f"{name} must be a number from 0 to 1, not {value!r}.")


def _check_colors(name: str, colors: object, most: int) -> None:
    if not isinstance(colors, tuple) or not all(_is_color(color) for color in colors):
        raise SettingsError(f"{name} must be a tuple of colors like ('#e4002b', '#ffffff'), not {colors!r}.")
    if len(colors) > most:
        raise SettingsError(f"{name} has {len(colors)} colors; at most {most} fit.")
    if len(set(colors)) < len(colors):
        raise SettingsError(f"{name} names a color twice: {', '.join(colors)}.")


def _is_color(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("#[0-9a-f]{6}", value) is not None

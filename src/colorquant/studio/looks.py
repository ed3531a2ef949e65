"""A look: what the page asks of an image, and the lines that ask the same elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from colorquant import Quantized, Settings, Sweep
from colorquant.errors import SettingsError
from colorquant.names import Criterion, Quality
from colorquant.settings import BY_CLOSENESS, parse_setting
from colorquant.studio.sessions import Catalog, Opened

# The numbers of colors that the page's slider goes over.
FEWEST, MOST = 2, 64
# What a look may set. Limits, the format and the report are not part of how an image looks.
FIELDS = (
    "criterion",
    "quality",
    "min_colors",
    "max_colors",
    "sample_size",
    "color_space",
    "engine",
    "refine",
    "seed",
    "dither",
    "dither_strength",
    "transparency",
)
# Settings whose option has a shorter name.
OPTIONS = {"sample_size": "sample"}
# What counts where the palette is given.
RECOLORING = ("color_space", "engine", "dither", "dither_strength", "transparency")
# Settings that the service takes from its own variables only, and an upload cannot ask for.
DEPLOYED = ("sample_size", "engine")
# Bytes of the names and values of an object's metadata that S3 takes.
MOST_METADATA = 2048


@dataclass(frozen=True)
class Look:
    """What is asked of an image.

    Attributes
    ----------
    settings : Settings
        Without the number of colors.
    given : mapping
        Those settings that were given.
    colors : int or None
        So many; None leaves it to the criterion.
    palette : tuple of str
        These colors and no others; empty where they are to be found.
    catalog : Catalog or None
        Colors to choose from.
    """

    settings: Settings
    given: Mapping[str, Any]
    colors: int | None = None
    palette: tuple[str, ...] = ()
    catalog: Catalog | None = None

    @classmethod
    def read(cls, told: Any, catalog_of: Callable[[str], Catalog]) -> Look:
        """Check what came from the page.

        Raises
        ------
        SettingsError
            If it is no look.
        """
        if not isinstance(told, dict) or not isinstance(told.get("settings", {}), dict):
            raise SettingsError("A look is an object with settings, colors, keep, palette and catalog.")
        settings = told.get("settings", {})
        if unknown := settings.keys() - set(FIELDS):
            raise SettingsError("{name!r} is not a setting of a look.", name=min(unknown))
        given = {name: _value(name, value) for name, value in settings.items() if value not in (None, "")}
        if keep := _codes(told, "keep"):
            given["keep"] = keep
        palette = _codes(told, "palette")
        # Where the colors are given, there is nothing to choose from a catalog.
        chooses = told.get("catalog") and not palette
        catalog = catalog_of(str(told["catalog"])) if chooses else None
        colors = told.get("colors")
        if colors is not None:
            # Refuses what is no number of colors.
            Settings(colors=colors)
        return cls(Settings(**given), given, colors, palette, catalog)

    def sweep(self, opened: Opened) -> Sweep:
        """Do what the command does: find the palettes that the criterion may choose from, and choose."""
        return opened.sweep(self.settings.changed(colors=self.colors), self.catalog)

    def curve(self, opened: Opened) -> Sweep:
        """Find the palettes that the slider goes over, from as many as are kept to as many as there are."""
        most = max(MOST, len(self.settings.keep))
        return opened.sweep(self.settings.changed(min_colors=FEWEST, max_colors=most), self.catalog)

    def make(self, opened: Opened) -> tuple[Sweep, Quantized]:
        """Recolor the image."""
        palette = self.palette or self._from_the_slider(opened)
        if palette:
            sweep = opened.image.sweep(self.settings.changed(palette=palette, keep=()))
        else:
            sweep = self.sweep(opened)
        return sweep, opened.image.recolor(sweep)

    def _from_the_slider(self, opened: Opened) -> tuple[str, ...]:
        """Give the colors that the slider showed, which a sweep for one number only would not find again."""
        # A list of colors has no names, and loses one to keep that no pixel has. So these are found as the
        # command finds them: beside kept colors, two thirds within 1 CIEDE2000 of the slider's on average and
        # all within 4 (3 photographs, 3 to 40 colors); from a catalog, nearly always the same.
        if self.colors is None or self.settings.keep or self.catalog is not None:
            return ()
        curve = self.curve(opened)
        return tuple(curve.palette(self.colors).hex_colors) if self.colors in curve.numbers else ()

    def choices(self, opened: Opened) -> list[dict[str, Any]]:
        """Say what each criterion would choose, and with each closeness where it heeds that."""
        found: list[dict[str, Any]] = []
        bases: dict[Any, Sweep] = {}
        # The first of those that see the same pixels finds the flat colors for all.
        names: tuple[Criterion, ...] = get_args(Criterion)
        for criterion in sorted(names, key=lambda name: name != "auto"):
            told = self.settings.changed(criterion=criterion)
            alike = told.space, told.sample_size, criterion in BY_CLOSENESS
            if alike not in bases:
                bases[alike] = opened.sweep(told, self.catalog)
            qualities: tuple[Quality | None, ...] = (
                get_args(Quality) if criterion in BY_CLOSENESS else (None,)
            )
            for quality in qualities:
                chosen = bases[alike].chosen_by(criterion, quality)
                found.append(
                    {
                        "criterion": criterion,
                        "quality": quality,
                        "colors": chosen.colors,
                        "measure": chosen.measure,
                        "verdict": chosen.verdict,
                    }
                )
        return found


def _value(name: str, value: object) -> Any:
    """Take a setting as JSON has it, or as a text."""
    if isinstance(value, str):
        return parse_setting(name, value)
    if isinstance(value, bool | int | float):
        return value
    raise SettingsError("{0} is a text, a number, true or false.", name)


def _codes(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    codes = told.get(name) or []
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise SettingsError("{0} is a list of colors.", name)
    return Settings(palette=codes).palette if codes else ()


@dataclass(frozen=True)
class Lines:
    """How to get the same result by the command, in Python and from the service."""

    command: str
    python: str
    environment: dict[str, str]
    metadata: str | None
    note: str


def lines(look: Look, sweep: Sweep, name: str) -> Lines:
    """Write the lines for the result that a look's sweep gives."""
    wanted = _wanted(look, sweep)
    asked = _asked(look, wanted, sweep)
    metadata = _metadata(asked)
    fits = sum(len(key) + len(value) for key, value in metadata.items()) <= MOST_METADATA
    return Lines(
        command=_command(look, wanted, name),
        python=_python(look, wanted, name),
        environment=_environment(asked),
        metadata=_upload(metadata, name) if fits else None,
        note=_note(look, asked, fits=fits),
    )


def _wanted(look: Look, sweep: Sweep) -> dict[str, Any]:
    """Give the settings that make exactly this result, and none that would change nothing."""
    given = {name: look.given[name] for name in FIELDS if name in look.given}
    if look.settings.dither == "none":
        given.pop("dither_strength", None)
    if sweep.settings.palette:
        return _given_colors(sweep.settings.palette, given, sweep)
    if look.catalog is not None:
        given.pop("refine", None)
    if look.colors is not None:
        given = {name: value for name, value in given.items() if name not in ("min_colors", "max_colors")}
        given["colors"] = look.colors
    if look.settings.keep:
        given["keep"] = look.settings.keep
    if look.colors is not None or look.settings.criterion not in BY_CLOSENESS:
        # It has nothing to decide, but it may have chosen the criterion.
        given.pop("quality", None)
    # The criterion comes last, since what was dropped before may have stood for it.
    return _without_idle(given | {"criterion": look.settings.criterion})


def _given_colors(palette: tuple[str, ...], given: Mapping[str, Any], sweep: Sweep) -> dict[str, Any]:
    rest = _without_idle({name: given[name] for name in RECOLORING if name in given})
    return {"palette": palette, **rest, "color_space": sweep.settings.space}


def _without_idle(given: dict[str, Any]) -> dict[str, Any]:
    """Leave out one after the other what the rest comes to by itself."""
    told = Settings(**given)
    for name in sorted(given, key=lambda name: name == "criterion"):
        rest = {other: value for other, value in given.items() if other != name}
        given = rest if _comes_to(rest, told) else given
    return given


def _comes_to(given: Mapping[str, Any], told: Settings) -> bool:
    try:
        return Settings(**given) == told
    except SettingsError:
        # Too many colors to keep need room, for instance.
        return False


def _command(look: Look, wanted: Mapping[str, Any], name: str) -> str:
    words = ["colorquant", "quantize", _file(name)]
    for field, value in wanted.items():
        option = OPTIONS.get(field, field).replace("_", "-")
        words += (
            [f"--{'' if value else 'no-'}{option}"]
            if isinstance(value, bool)
            else [f"--{option}", _text(value)]
        )
    if look.catalog is not None:
        words += ["--catalog", _file(look.catalog.name)]
    return shlex.join(words)


def _python(look: Look, wanted: Mapping[str, Any], name: str) -> str:
    given = "".join(f",\n    {field}={_literal(value)}" for field, value in wanted.items())
    if look.catalog is not None:
        given += f",\n    catalog=colorquant.Palette.read({look.catalog.name!r})"
    given += "\n" if given else ""
    return (
        "import colorquant\n\n"
        f"result = colorquant.quantize(\n    {name!r}{given or chr(10)})\n"
        f"result.save({name + '.quantized.png'!r})\n"
    )


def _asked(look: Look, wanted: Mapping[str, Any], sweep: Sweep) -> dict[str, Any]:
    """Give the settings for the service, which chooses by another criterion and from no catalog."""
    if "palette" in wanted:
        return dict(wanted)
    if look.catalog is not None:
        # All that dithering may use, and not only what it used.
        return _given_colors(tuple(sweep.palette().hex_colors), wanted, sweep)
    return {"criterion": look.settings.criterion, **wanted}


def _environment(asked: Mapping[str, Any]) -> dict[str, str]:
    """Name the function's variables; it knows bounds, and no number of colors."""
    bounds = {"MIN_COLORS": asked["colors"], "MAX_COLORS": asked["colors"]} if "colors" in asked else {}
    named = {name.upper(): value for name, value in asked.items() if name != "colors"}
    return {name: _text(value) for name, value in (named | bounds).items()}


def _metadata(asked: Mapping[str, Any]) -> dict[str, str]:
    """Ask for it with an upload, as far as an upload may ask."""
    return {
        f"colorquant-{field.replace('_', '-')}": _text(value)
        for field, value in asked.items()
        if field not in DEPLOYED
    }


def _upload(metadata: Mapping[str, str], name: str) -> str:
    return shlex.join(
        ["aws", "s3", "cp", _file(name), "s3://INPUT_BUCKET/", "--metadata", json.dumps(metadata)]
    )


def _note(look: Look, asked: Mapping[str, Any], *, fits: bool) -> str:
    told = []
    if look.catalog is not None:
        told.append("The service cannot choose from a catalog; it is given the colors that were chosen here.")
    if not fits:
        told.append("So many colors do not fit into an upload's metadata, only into the service's PALETTE.")
    elif deployed := [name.upper() for name in DEPLOYED if name in asked]:
        named = " and ".join(deployed)
        told.append(f"An upload cannot ask for another {named}: the service takes it from its own settings.")
    return " ".join(told)


def _file(name: str) -> str:
    """Keep a file's name from being taken for an option, or for the standard input."""
    return f"./{name}" if name.startswith("-") else name


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _literal(value: Any) -> str:
    return repr(",".join(value)) if isinstance(value, tuple) else repr(value)

"""A look: what the page asks of an image, and the lines that ask the same elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from colorquant import Quantized, Settings, Sweep
from colorquant.errors import SettingsError
from colorquant.names import Criterion
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
        catalog = catalog_of(str(told["catalog"])) if told.get("catalog") else None
        colors = told.get("colors")
        if colors is not None:
            # Refuses what is no number of colors.
            Settings(colors=colors)
        return cls(Settings(**given), given, colors, _codes(told, "palette"), catalog)

    def sweep(self, opened: Opened) -> Sweep:
        """Do what the command does: find the palettes that the criterion may choose from, and choose."""
        told = self.settings if self.colors is None else self.settings.changed(**self._counted)
        return opened.sweep(told, self.catalog)

    def curve(self, opened: Opened) -> Sweep:
        """Find the palettes that the slider goes over."""
        most = MOST if self.catalog is None else min(MOST, max(FEWEST, len(self.catalog.palette)))
        least = max(FEWEST, len(self.settings.keep))
        return opened.sweep(
            self.settings.changed(min_colors=least, max_colors=max(least, most)), self.catalog
        )

    @property
    def _counted(self) -> dict[str, Any]:
        return {"min_colors": self.colors, "max_colors": self.colors}

    def make(self, opened: Opened) -> tuple[Sweep, Quantized]:
        """Recolor the image."""
        image = opened.image
        palette = self.palette
        if not palette and self.colors is not None and not self.settings.keep and self.catalog is None:
            palette = tuple(self.curve(opened).palette(self.colors).hex_colors)
        if palette:
            # Where nothing else is said, colors are compared as the criterion would compare them.
            told = self.settings.changed(palette=palette, color_space=self.settings.space, keep=())
            sweep = image.sweep(told)
            return sweep, image.recolor(sweep)
        sweep = self.sweep(opened)
        return sweep, image.recolor(sweep)

    def choices(self, opened: Opened) -> list[dict[str, Any]]:
        """Say what each criterion would choose."""
        found: dict[str, dict[str, Any]] = {}
        bases: dict[Any, Sweep] = {}
        # The first of those that see the same pixels finds the flat colors for all.
        names: tuple[Criterion, ...] = get_args(Criterion)
        for criterion in sorted(names, key=lambda name: name != "auto"):
            told = self.settings.changed(criterion=criterion)
            alike = told.space, told.sample_size, criterion in BY_CLOSENESS
            if alike not in bases:
                bases[alike] = opened.sweep(told, self.catalog)
            chosen = bases[alike].chosen_by(criterion)
            found[criterion] = {
                "criterion": criterion,
                "quality": self.settings.quality if criterion in BY_CLOSENESS else None,
                "colors": chosen.colors,
                "measure": chosen.measure,
                "verdict": chosen.verdict,
            }
        return [found[name] for name in names]


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
    metadata: str
    note: str


def lines(look: Look, result: Quantized, name: str) -> Lines:
    """Write the lines for a result of a look."""
    wanted = _wanted(look, result)
    return Lines(
        command=_command(look, wanted, name),
        python=_python(look, wanted, name),
        environment=_environment(_asked(look, wanted)),
        metadata=_metadata(_asked(look, wanted), name),
        note=_note(look, wanted),
    )


def _wanted(look: Look, result: Quantized) -> dict[str, Any]:
    """Give the settings that differ from the defaults, those that make exactly this result."""
    fresh = Settings()
    changed = {name: look.given[name] for name in FIELDS if name in look.given}
    changed = {name: value for name, value in changed.items() if value != getattr(fresh, name)}
    if result.settings.palette:
        rest = {name: value for name, value in changed.items() if name in RECOLORING}
        return {"palette": result.settings.palette, **rest, "color_space": result.settings.space}
    if look.colors is not None:
        changed = {name: changed[name] for name in changed if name not in ("min_colors", "max_colors")}
        changed["colors"] = look.colors
    if look.settings.keep:
        changed["keep"] = look.settings.keep
    return changed


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


def _asked(look: Look, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Give the settings for the service, whose criterion is another one."""
    if "palette" in wanted:
        return dict(wanted)
    return {"criterion": look.settings.criterion, **wanted}


def _environment(asked: Mapping[str, Any]) -> dict[str, str]:
    """Name the function's variables; it knows bounds, and no number of colors."""
    bounds = {"MIN_COLORS": asked["colors"], "MAX_COLORS": asked["colors"]} if "colors" in asked else {}
    named = {name.upper(): value for name, value in asked.items() if name != "colors"}
    return {name: _text(value) for name, value in (named | bounds).items()}


def _metadata(asked: Mapping[str, Any], name: str) -> str:
    """Upload the image so that the service makes it as wanted, as far as an upload may ask."""
    named = {
        f"colorquant-{field.replace('_', '-')}": _text(value)
        for field, value in asked.items()
        if field not in DEPLOYED
    }
    words = ["aws", "s3", "cp", _file(name), "s3://INPUT_BUCKET/"]
    return shlex.join([*words, "--metadata", json.dumps(named)])


def _note(look: Look, wanted: Mapping[str, Any]) -> str:
    if look.catalog is not None:
        return "The service cannot choose from a catalog. Give it the colors that were chosen as its palette."
    deployed = [name for name in DEPLOYED if name in wanted]
    if deployed:
        named = " and ".join(name.upper() for name in deployed)
        return f"An upload cannot ask for another {named}: the service takes it from its own settings."
    return ""


def _file(name: str) -> str:
    """Keep a file's name from being taken for an option, or for the standard input."""
    return f"./{name}" if name.startswith("-") else name


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _literal(value: Any) -> str:
    return repr(",".join(value)) if isinstance(value, tuple) else repr(value)

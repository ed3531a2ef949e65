"""What the page is told, as JSON."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from colorquant import Settings, __version__, makers
from colorquant.palettes.formats import FORMATS
from colorquant.report import headline
from colorquant.settings import choices_of
from colorquant.studio.looks import FIELDS, Look, lines
from colorquant.studio.samples import SAMPLES
from colorquant.studio.sessions import Catalog, Made, Opened

# Settings that are one of a few names.
NAMED = ("criterion", "quality", "color_space", "dither", "transparency", "engine")
# What drawings are for unless told otherwise; the page offers it first.
PAPER = "a4"
# Scores that reach from 0 to 1 are drawn on all of their scale, or noise would look like a peak.
TOPS = {"silhouette": 1, "silhouette_macro": 1}


def about(limits: Settings, service: dict[str, Any] | None) -> dict[str, Any]:
    """Say what there is to choose from, and how much is accepted."""
    options: dict[str, Any] = {field: [{"name": name} for name in choices_of(field)] for field in NAMED}
    options["formats"] = [
        {"name": each.name, "purpose": each.purpose, "suffix": f".{each.name}"} for each in FORMATS.values()
    ]
    options["makers"] = {
        "papers": sorted(makers.PAPERS, key=lambda paper: paper != PAPER),
        "kinds": list(makers.KINDS),
        "min_region": makers.MIN_REGION,
    }
    return {
        "version": __version__,
        "options": options,
        "limits": {"max_bytes": limits.max_bytes, "max_pixels": limits.max_pixels},
        "defaults": {
            field.name: getattr(limits, field.name) for field in fields(limits) if field.name in FIELDS
        },
        "service": service,
        "samples": [{"name": sample.name, "title": sample.title} for sample in SAMPLES.values()],
    }


def sweep(opened: Opened, look: Look) -> dict[str, Any]:
    """Score every number of colors of the slider, and say what is chosen and what others would choose.

    It comes in one piece: a photograph of 9.8 megapixels takes 0.3 s of processor time. The result, which is
    asked for beside it, waits only for the first 0.1 s of that.
    """
    chosen = look.sweep(opened)
    curve = look.curve(opened)
    choices = look.choices(opened) if chosen.scores else []
    return {
        "chosen": chosen.colors,
        "verdict": chosen.verdict,
        "headline": headline.headline(chosen),
        "measure": chosen.measure,
        "space": chosen.settings.space,
        "numbers": list(curve.numbers),
        "equals": headline.equals(chosen),
        "scores": [asdict(score) for score in curve.scores],
        "measures": {
            choice["criterion"]: {
                "field": choice["measure"],
                "most": TOPS.get(choice["measure"]),
                "meaning": headline.MEASURES.get(choice["measure"], ""),
            }
            for choice in choices
        },
        "choices": choices,
        "palettes": {"chosen": chosen.palette().hex_colors},
    }


def palettes(opened: Opened, look: Look, numbers: list[int]) -> dict[str, list[str]]:
    """Give the palettes of these numbers of colors."""
    curve = look.curve(opened)
    return {str(number): curve.palette(number).hex_colors for number in numbers}


def result(made: Made, look: Look) -> dict[str, Any]:
    """Describe a result, and how to get it elsewhere."""
    told = made.result.to_dict()
    error = headline.difference(made.opened.image.raster, made.result)
    written = lines(look, made.sweep, made.opened.name)
    return {
        "id": made.id,
        "colors": made.result.colors,
        "palette": told["palette"],
        "verdict": told["verdict"],
        "headline": headline.headline(made.sweep),
        "closeness": headline.closeness(error),
        "error": error,
        "bytes": len(made.result.to_png()),
        # It takes 1.3 s of processor time for 9.8 megapixels, the PNG 0.03; it is made when it is saved.
        "bytes_webp": None,
        "source_bytes": made.opened.image.raster.size_bytes,
        "larger": made.result.larger,
        "facts": told["facts"],
        "warnings": told["warnings"],
        "timings_ms": told["timings_ms"],
        "settings": told["settings"],
        "space": made.result.settings.space,
        "command": written.command,
        "python": written.python,
        "lambda": {"environment": written.environment, "metadata": written.metadata, "note": written.note},
    }


def catalog(held: Catalog) -> dict[str, Any]:
    """Describe a palette file."""
    return {
        "id": held.id,
        "name": held.name,
        "colors": [
            {"hex": entry["hex"], "name": f"{entry.get('code', '')} {entry.get('name', '')}".strip()}
            for entry in held.palette.entries
        ],
    }

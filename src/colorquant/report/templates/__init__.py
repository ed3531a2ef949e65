"""The pages' templates, and what they share."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

KILO = 1000


@cache
def template(name: str) -> Template:
    """Load a template.

    Parameters
    ----------
    name : str
        Its file name.

    Returns
    -------
    jinja2.Template
        Every value that it is given is escaped, so that no file name can become part of the page's code.
    """
    environment = Environment(
        loader=PackageLoader("colorquant.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["size"] = _size
    return environment.get_template(name)


def _size(count: float) -> str:
    """Say how many bytes in a word."""
    for unit in ("bytes", "kB", "MB"):
        if count < KILO:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= KILO
    return f"{count:,.1f} GB"

"""The pages' templates, and what they share."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from colorquant.report.sizes import readable_size


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
    environment.filters["size"] = readable_size
    return environment.get_template(name)

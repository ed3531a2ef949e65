"""The pages' templates, and what they share."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from colorquant.report.sizes import readable_size


class Script(NamedTuple):
    """A script to embed, and the source that a Content-Security-Policy allows it by."""

    code: str
    source: str


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


@cache
def script(*modules: str) -> Script:
    """Make one script of modules that import only each other, by the names that they export.

    Parameters
    ----------
    *modules : str
        Their names, each after those that it imports.

    Returns
    -------
    Script
    """
    folder = files("colorquant.report") / "templates"
    code = "".join(_enclosed((folder / f"{name}.js").read_text("utf-8")) for name in modules)
    source = f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"
    return Script(code, source)


def _enclosed(module: str) -> str:
    """Put a module into a function of its own that gives what it exports."""
    exported = re.findall(r"^export (?:async function|function|class|const) (\w+)", module, re.MULTILINE)
    body = re.sub(r"^import .*;\n|^export ", "", module, flags=re.MULTILINE)
    names = ", ".join(exported)
    return f"const {{ {names} }} = (() => {{\n{body}return {{ {names} }};\n}})();\n"

"""The names in the registries, for type checkers and the template: `make names` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from colorquant.engine.dither import METHODS
from colorquant.engine.selection import CRITERIA, FIDELITY
from colorquant.engine.spaces import SPACES

ROOT = Path(__file__).parents[1]
MODULE = ROOT / "src" / "colorquant" / "names.py"
TEMPLATE = ROOT / "template.yml"
HEAD = '''\
"""The names in the engine's registries, for type checkers and for what must not wait for the engine.

Written by `make names`.
"""

from typing import Literal

'''


def names() -> dict[str, tuple[str, ...]]:
    """Give the names of each registry, by the type that stands for them."""
    return {
        "Criterion": (*CRITERIA,),
        "Quality": (*FIDELITY,),
        "Space": (*SPACES,),
        "ColorSpace": ("auto", *SPACES),
        "Dither": ("none", *METHODS),
    }


def module() -> str:
    """Write the module of types, as the formatter would."""
    return HEAD + "".join(_assigned(kind, found) for kind, found in names().items())


def template() -> str:
    """Write the template, whose parameters are called like the types."""
    text = TEMPLATE.read_text()
    for kind, found in names().items():
        values = rf"(?m)(^  {kind}:\n(?:    .*\n)*?    AllowedValues: )\[.*\]$"
        text = re.sub(values, rf"\g<1>[{', '.join(found)}]", text)
    return text


def _assigned(kind: str, found: Iterable[str]) -> str:
    quoted = [f'"{name}"' for name in found]
    line = f"{kind} = Literal[{', '.join(quoted)}]\n"
    if len(line) <= 110:
        return line
    return f"{kind} = Literal[\n" + "".join(f"    {name},\n" for name in quoted) + "]\n"


if __name__ == "__main__":
    MODULE.write_text(module())
    TEMPLATE.write_text(template())

"""Tables and other text into a Markdown page."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# A page calls for a table between these two comments.
PLACE = re.compile(r"(<!-- table: (?P<name>[a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Write a table; the first row is its head.

    Examples
    --------
    >>> print(markdown([("k", "score"), ("8", "0.5")]), end="")
    | k | score |
    | --- | --- |
    | 8 | 0.5 |
    """
    head, *body = ("| " + " | ".join(row) + " |\n" for row in rows)
    return head + "| " + " | ".join("---" for _ in rows[0]) + " |\n" + "".join(body)


def fill(page: Path, tables: Mapping[str, Sequence[Sequence[str]]]) -> None:
    """Put every table in its place in a page, or make a page of nothing but the tables.

    Parameters
    ----------
    page : Path
        Rewritten. A place that calls for an unknown table is an error.
    tables : mapping of str to rows
    """
    if not page.exists():
        page.write_text("\n".join(f"<!-- table: {name} -->\n<!-- end -->\n" for name in tables))
    page.write_text(PLACE.sub(lambda m: m[1] + markdown(tables[m["name"]]) + m[3], page.read_text()))


def put_between(page: Path, begin: str, end: str, text: str) -> None:
    """Replace what stands in a page between two comments; where one is missing, end with a sentence."""
    before, found, rest = page.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        sys.exit(f"{page.name} has no place for that: it needs {begin.strip()} and {end.strip()}.")
    page.write_text(f"{before}{begin}{text}{end}{after}")

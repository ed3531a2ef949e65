from __future__ import annotations

import re
from pathlib import Path

from colorquant.image.formats import FORMATS

ROOT = Path(__file__).parents[2]


def test_every_row_of_the_page_on_images_names_tests_that_exist():
    page = (ROOT / "docs" / "images.md").read_text()
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    rows = [line for line in page.splitlines() if line.startswith("| ") and "what we do" not in line]
    assert len(rows) > 40
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named, f"no test in: {row}"
        assert [name for name in named if f"def {name}" not in tests] == []


def test_the_page_on_images_has_a_row_for_every_format():
    page = (ROOT / "docs" / "images.md").read_text()
    named = {
        name for row in re.findall(r"^\| ([A-Z][^|]+?) \|", page, re.MULTILINE) for name in row.split(", ")
    }
    assert {each.name for each in FORMATS} <= named

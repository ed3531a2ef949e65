from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import colorquant
from colorquant import Settings
from colorquant.settings import choices_of

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
TABLE = {
    name.lower(): (default, what)
    for name, default, what in re.findall(r"(?m)^\| `([A-Z_]+)` \| (.*?) ?\| (.*) \|$", README)
}


def as_text(value):
    return str(value).lower() if isinstance(value, bool) else "" if value == () else str(value)


def test_the_table_has_every_setting_with_its_default():
    expected = {field.name: as_text(getattr(Settings(), field.name)) for field in fields(Settings)}
    assert {name: default for name, (default, _) in TABLE.items()} == expected


def test_the_table_names_what_there_is_to_choose_from():
    missing = {
        name: [each for each in choices_of(name) if each not in f"{default} {what}"]
        for name, (default, what) in TABLE.items()
    }
    assert {name: left for name, left in missing.items() if left} == {}


def test_every_link_leads_to_a_file():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_tests_are_run_by_a_command_in_it():
    assert "$ make test " in README


def test_the_page_of_the_library_has_every_public_name():
    page = (ROOT / "docs" / "library.md").read_text()
    errors = [name for name in colorquant.__all__ if name.endswith("Error")]
    named = set(re.findall(r"::: colorquant\.(\w+)", page))
    assert set(colorquant.__all__) - named - set(errors) == set()
    assert "errors" in named

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import colorquant

ROOT = Path(__file__).parents[2]
WITHIN_DEV = ("bench", "browser", "demo", "lambda")


def pins(name: str) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "locks" / f"{name}.lock").read_text(), re.MULTILINE)
    )


def metadata(field: str) -> str:
    command = [sys.executable, "-m", "hatchling", "metadata", field]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", WITHIN_DEV)
def test_what_is_run_has_the_versions_that_are_tested(name):
    tested, run = pins("dev"), pins(name)
    assert {package: run[package] for package in run.keys() & tested.keys()}.items() <= tested.items()
    assert "numpy" in run


@pytest.mark.parametrize("path", sorted((ROOT / "locks").glob("*.lock")), ids=lambda path: path.stem)
def test_a_lock_file_holds_hashes_and_names_no_index(path):
    text = path.read_text()
    assert text.count("==") > 0
    for block in re.split(r"\n(?=[a-z0-9])", text):
        if "==" in block:
            assert "--hash=sha256:" in block
    assert not re.search(r"https?://|--index|--find-links", text)


def test_every_runtime_package_is_in_the_lambda_s_lock_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in project["dependencies"]}
    assert names <= pins("lambda").keys()


def test_the_version_stands_in_one_place():
    assert metadata("version").strip() == colorquant.__version__
    assert f"## {colorquant.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_readme_of_the_package_index_has_no_link_into_the_repository():
    readme = metadata("readme")
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert len(links) > 10
    assert not [link for link in links if not link.startswith(("https://", "#"))]
    repository = "https://github.com/colorquant/colorquant/blob/main/"
    files = [link.removeprefix(repository).partition("#")[0] for link in links if link.startswith(repository)]
    assert files
    assert not [name for name in files if not (ROOT / name).exists()]

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

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


# What each part of the package may import beside the dependencies of all: the extras that bring it.
EXTRAS = {
    "aws": {"aws", "report"},
    "cli": {"cli", "aws", "report"},
    "engine/reference.py": {"reference"},
    "local": {"local", "aws", "report"},
    "makers/pdf.py": {"makers"},
    "operate": {"aws"},
    "report": {"report"},
    "studio": {"studio", "report"},
    "studio/service.py": {"aws", "report"},
}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_the_package_imports_only_what_its_dependencies_bring():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    distributions = packages_distributions()
    for path in sorted((ROOT / "src" / "colorquant").rglob("*.py")):
        inside = path.relative_to(ROOT / "src" / "colorquant").as_posix()
        allowed = {"colorquant", "botocore"}
        wanted = list(project["dependencies"])
        for part, names in EXTRAS.items():
            if inside.startswith(part):
                wanted += [requirement for name in names for requirement in extras[name]]
        allowed |= {re.match(r"[\w-]+", requirement)[0] for requirement in wanted}
        foreign = {
            distribution.lower().replace("_", "-")
            for module in imported(path) - sys.stdlib_module_names
            for distribution in distributions.get(module, [module])
            if not module.startswith("mypy_boto3")
        }
        assert foreign <= allowed, inside


def test_only_the_job_that_publishes_may_ask_for_a_token_and_it_runs_nothing_of_ours():
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    jobs = release["jobs"]
    assert [name for name, job in jobs.items() if "permissions" in job] == ["publish"]
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert jobs["publish"]["environment"] == "pypi"
    assert not [step for step in jobs["publish"]["steps"] if "run" in step]
    assert (jobs["publish"]["needs"], jobs["build"]["needs"]) == ("build", "test")


def test_contributors_are_sent_only_to_what_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for name in re.findall(r"`((?:[\w.]+/)*[\w.]+\.(?:py|yml|md|toml|lock))`", text):
        places = (ROOT, ROOT / "src" / "colorquant", ROOT / "tests" / "unit", ROOT / "src")
        assert any((place / name).exists() for place in places), name
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|\$ )make ([a-z-]+)", text)) <= targets

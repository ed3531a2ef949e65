"""What the image holds and declares, looked at without an emulator or a network."""

from __future__ import annotations

import json
from typing import Any

import pytest

from containers import LIKE_LAMBDA, run

pytestmark = pytest.mark.container

TASK_ROOT = "/var/task"


@pytest.fixture(scope="module")
def declared(image: str) -> dict[str, Any]:
    return json.loads(run("docker", "image", "inspect", image))[0]["Config"]


@pytest.fixture(scope="module")
def environment(declared: dict[str, Any]) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in declared["Env"])


@pytest.fixture(scope="module")
def contents(image: str) -> set[str]:
    """Every file that the project adds to the base image, by its path below the task root."""
    listing = run("docker", "run", "--rm", "--entrypoint", "find", image, TASK_ROOT, "-type", "f")
    return {line.removeprefix(f"{TASK_ROOT}/") for line in listing.splitlines()}


def python(image: str, code: str) -> str:
    """Run code in the image as Lambda's user, with nothing to write to and nobody to talk to."""
    alone = [*LIKE_LAMBDA, "--network", "none", "--env", "AWS_DEFAULT_REGION=us-east-1"]
    return run("docker", "run", "--rm", *alone, "--entrypoint", "python", image, "-W", "error", "-c", code)


def test_an_unprivileged_user_imports_the_handler_from_a_read_only_disk_without_network(image: str) -> None:
    printed = python(
        image,
        "import os\n"
        "os.environ['OUTPUT_BUCKET'] = 'output'\n"
        "from colorquant.aws.handler import on_object_created\n"
        "print(os.getuid(), callable(on_object_created))",
    )
    assert printed.split() == ["993", "True"]


def test_the_command_is_the_handler(declared: dict[str, Any]) -> None:
    assert declared["Cmd"] == ["colorquant.aws.handler.on_object_created"]


def test_the_project_adds_no_tests_tools_or_caches(contents: set[str]) -> None:
    unwanted = {
        "pip",
        "pytest",
        "moto",
        "click",
        "uv",
        "ruff",
        "mypy",
        "hypothesis",
        "tests",
        "bin",
        ".cache",
    }
    assert {path for path in contents if unwanted & set(path.split("/"))} == set()


def test_of_our_own_package_only_what_the_function_runs_is_there(contents: set[str]) -> None:
    ours = {path.split("/")[1] for path in contents if path.startswith("colorquant/")}
    assert "aws" in ours
    assert ours.isdisjoint({"cli", "local", "makers", "operate", "studio"})


def test_every_module_is_compiled_already(contents: set[str]) -> None:
    compiled = {
        path.replace("__pycache__/", "").split(".cpython-")[0] for path in contents if path.endswith(".pyc")
    }
    sources = {path.removesuffix(".py") for path in contents if path.endswith(".py")}
    assert sources
    assert sources - compiled == set()


def test_libraries_keep_to_one_thread_each(environment: dict[str, str]) -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    assert [environment[name] for name in names] == ["1", "1"]


def test_opencv_refuses_more_than_the_pixels_we_accept(image: str, environment: dict[str, str]) -> None:
    printed = python(image, "from colorquant import Settings; print(Settings().max_pixels)")
    assert environment["OPENCV_IO_MAX_IMAGE_PIXELS"] == printed.strip()


def test_the_function_runs_the_packages_the_lock_file_names(image: str) -> None:
    printed = python(
        image, "import boto3, numpy, sklearn; print(*(m.__file__ for m in (boto3, numpy, sklearn)))"
    )
    assert [path.startswith(f"{TASK_ROOT}/") for path in printed.split()] == [True] * 3

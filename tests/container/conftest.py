from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from containers import (
    FOR_THIS_MACHINE,
    Emulated,
    ReachableS3,
    emulated,
    engine_problem,
    reachable_s3,
    run,
    sam,
    sam_command,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def engine() -> None:
    problem = engine_problem()
    if problem is not None:
        pytest.skip(problem)


@pytest.fixture(scope="session")
def image(engine: None) -> Iterator[str]:
    """The image as the project's Dockerfile makes it, under a tag that no other run uses."""
    tag = f"colorquant-test:{uuid.uuid4()}"
    run("docker", "build", "--quiet", "--tag", tag, ".")
    yield tag
    run("docker", "image", "rm", "--force", tag)


@pytest.fixture(scope="session")
def s3(engine: None) -> Iterator[ReachableS3]:
    with reachable_s3() as server:
        yield server


@pytest.fixture
def output_bucket(s3: ReachableS3) -> str:
    return s3.make_bucket()


@pytest.fixture
def function(image: str, s3: ReachableS3, output_bucket: str) -> Iterator[Emulated]:
    with emulated(image, s3, output_bucket) as container:
        yield container


@pytest.fixture(scope="session")
def sam_build(engine: None) -> None:
    if sam_command() is None:
        pytest.skip("there is no sam command; `make test-container` installs one")
    sam("build", "--parameter-overrides", FOR_THIS_MACHINE)

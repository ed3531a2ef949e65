"""What several of the integration tests need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.studio_server import RunningStudio


@pytest.fixture(scope="module")
def studio() -> Iterator[RunningStudio]:
    """Give a studio that answers on this machine."""
    from tests.studio_server import running  # noqa: PLC0415 - most of these tests need no web server

    with running() as server:
        yield server

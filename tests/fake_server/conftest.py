"""A running fake, in each generation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from provider.wire.generations import GENERATIONS
from tests.support.servers.fake_site import Site


@pytest.fixture(params=list(GENERATIONS))
def generation(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def running() -> Iterator[Any]:
    """Starts a fake with these settings; it ends with the test."""
    with ExitStack() as closing:
        yield lambda **settings: Site(closing, **settings)

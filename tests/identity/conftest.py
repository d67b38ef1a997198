"""One bench for all tests of a module: its servers stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.identity.run import Bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("bench")) as running:
        yield running

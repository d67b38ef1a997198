"""One bench for all tests of this folder: its servers stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.identity.run import Bench


@pytest.fixture
def bench(tmp_path) -> Iterator[Bench]:
    with Bench(tmp_path) as running:
        yield running

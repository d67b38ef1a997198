from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.replay.pairing import assignable


@pytest.mark.parametrize(
    ("claims", "possible"),
    [
        ([], True),
        ([[1], [2]], True),
        ([[1], [1]], False),
        ([[1, 2], [1], [2]], False),
        ([[1, 2], [1, 3], [1]], True),
        ([[]], False),
    ],
)
def test_claims_with_one_number_each(claims, possible):
    assert assignable(claims) is possible


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), max_size=4), max_size=5))
def test_claims_agree_with_trying_every_order(claims):
    tried = any(
        all(n in claim for n, claim in zip(order, claims, strict=False))
        for order in permutations(range(5), len(claims))
    )
    assert assignable(claims) == tried

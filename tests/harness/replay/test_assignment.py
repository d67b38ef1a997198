from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.replay.assignment import Assignment

CLAIM = st.lists(st.integers(0, 4), max_size=4, unique=True)


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
    assert Assignment[int]().is_possible(dict(enumerate(claims))) is possible


def by_trying_every_order(claims):
    return any(
        all(n in claim for n, claim in zip(order, claims, strict=False))
        for order in permutations(range(5), len(claims))
    )


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, 4), CLAIM, max_size=4),
            st.none() | CLAIM,
            st.none() | st.integers(0, 4),
        ),
        max_size=5,
    )
)
def test_each_of_several_questions_agrees_with_trying_every_order(questions):
    # One assignment for all of them: it starts from what it found for the one before.
    assignment = Assignment[int]()
    for claims, more, taken in questions:
        every = [*claims.values(), *([] if more is None else [more])]
        expected = by_trying_every_order([[n for n in claim if n != taken] for claim in every])
        assert assignment.is_possible(claims, more=more, taken=taken) is expected

"""What one caller does never changes what another one is sent."""

import pytest

from provider.wire.generations import GENERATIONS
from tests.support.digests.committed import differing
from tests.support.digests.plays import PLAYS
from tests.support.digests.runs import digests_of, play_all


@pytest.mark.slow
def test_caller_among_others_is_sent_what_a_caller_alone_is_sent():
    among_others = play_all(order=5, workers=8)
    alone = play_all(alone=True, workers=4)
    assert differing(digests_of(alone), digests_of(among_others)) == []


@pytest.mark.slow
def test_order_of_callers_is_of_no_account():
    jobs = [(generation, name) for generation in GENERATIONS for name in list(PLAYS)[:8]]
    one_way, other_way = play_all(jobs), play_all(jobs[::-1])
    assert differing(digests_of(one_way), digests_of(other_way)) == []

"""Of many sockets with equal upgrades a client may be any: the player looks at the first ones, and at the others late."""

import pytest

from harness.replay.playback import Playback
from harness.replay.problems import Unplayed
from harness.replay.received_messages import MOST_SAID
from harness.replay.rules import PlayRules
from tests.support.cassettes.builders import PROFILE, cassette, socket
from tests.support.replay.playbacks import leaving, opened, playback, say

MANY = 100
"""More than the player weighs at once."""


def id_of(n):
    return f"5f0c1a7e-94d2-4c38-9b{n:02x}-d3a1c07be9{n:02x}"


def test_clients_one_after_the_other_in_reverse_order():
    play = playback(*(socket("/chat", f'> {{"n":{n}}}\n< for {n}\n< close 1000', at=n) for n in range(MANY)))
    for n in reversed(range(MANY)):
        one = opened(play)
        assert say(one, f'{{"n":{n}}}') is None
        assert leaving(one) == [f"for {n}"]
        one.finish()
    assert play.unplayed() == []


def test_clients_that_begin_alike_and_differ_later():
    tapes = [f'> hello\n< welcome\n> {{"n":{n}}}\n< for {n}\n< close 1000' for n in range(MANY)]
    play = playback(*(socket("/chat", tape, at=n) for n, tape in enumerate(tapes)))
    one = opened(play)
    assert say(one, "hello") is None
    assert leaving(one) == ["welcome"]
    assert say(one, '{"n":99}') is None
    assert leaving(one) == ["for 99"]


def test_an_id_of_the_greeting_that_the_client_says_back():
    tapes = [f'< {{"id":"{id_of(n)}"}}\n> {{"id":"{id_of(n)}","n":{n}}}\n< for {n}\n< close 1000' for n in range(MANY)]
    play = playback(*(socket("/chat", tape, at=n) for n, tape in enumerate(tapes)))
    greeted = set()
    for n in reversed(range(MANY)):
        one = opened(play)
        [greeting] = leaving(one)
        greeted.add(greeting)
        assert say(one, greeting.replace("}", f',"n":{n}}}')) is None
        assert leaving(one) == [f"for {n}"]
        one.finish()
    assert len(greeted) == MANY
    assert play.unplayed() == []


def test_ids_that_clients_make_in_their_upgrades():
    tapes = [(f"/chat?session={id_of(n)}", f'> {{"n":{n}}}\n< for {n}\n< close 1000') for n in range(MANY)]
    play = playback(*(socket(target, tape, at=n) for n, (target, tape) in enumerate(tapes)))
    for n in reversed(range(MANY)):
        one = opened(play, f"/chat?session={id_of(n + MANY)}")
        assert say(one, f'{{"n":{n}}}') is None
        assert leaving(one) == [f"for {n}"]
        one.finish()


def test_the_first_ones_are_alike_and_a_client_is_none_of_them():
    tapes = ["> same\n< first\n< close 1000"] * (MANY - 10) + ["> other\n< second\n< close 1000"] * 10
    play = playback(*(socket("/chat", tape, at=n) for n, tape in enumerate(tapes)))
    for _ in range(10):
        one = opened(play)
        assert say(one, "other") is None
        assert leaving(one) == ["second"]
        one.finish()
    assert len(play.unplayed()) == MANY - 10


@pytest.mark.parametrize("first", [[], ["hello"]], ids=["at once", "after a message that all have"])
def test_a_message_that_no_recorded_client_sent_is_a_mismatch(first):
    said = "".join(f"> {each}\n" for each in first)
    play = playback(*(socket("/chat", f'{said}> {{"n":{n}}}\n< for {n}\n< close 1000', at=n) for n in range(MANY)))
    one = opened(play)
    assert [say(one, each) for each in first] == [None] * len(first)
    problem = say(one, '{"n":-1}')
    assert problem is not None
    assert problem.number == len(first) + 1
    one.finish()
    assert all(isinstance(each, Unplayed) for each in play.unplayed())


def test_a_socket_that_another_client_plays_is_no_candidate_any_more():
    play = playback(*(socket("/chat", f'> {{"n":{n}}}\n< for {n}\n< close 1000', at=n) for n in range(MANY)))
    assert say(opened(play), '{"n":99}') is None
    assert say(opened(play), '{"n":99}') is not None


def test_with_a_strict_order_a_client_is_one_of_the_first():
    tapes = [f'> {{"n":{n}}}\n< for {n}\n< close 1000' for n in range(MANY)]
    sockets = [socket("/chat", tape, at=n) for n, tape in enumerate(tapes)]
    play = Playback(cassette(*sockets), PROFILE, play_rules=PlayRules(strict_order=True))
    assert say(opened(play), '{"n":99}') is not None


def test_a_client_that_said_too_much_to_be_compared_anew_is_a_mismatch():
    chat = "".join(f"> word {number}\n" for number in range(MOST_SAID + 1))
    tapes = [f'{chat}> {{"n":{n}}}\n< for {n}\n< close 1000' for n in range(MANY)]
    play = playback(*(socket("/chat", tape, at=n) for n, tape in enumerate(tapes)))
    one = opened(play)
    for number in range(MOST_SAID + 1):
        assert say(one, f"word {number}") is None
    assert say(one, '{"n":99}') is not None

"""What a script says about how it was played."""

import pytest

from harness.replay.errors import UnplayedError, UsedUpError
from harness.scripted import Scripted
from provider import ResponseError
from provider.errors import ConnectionClosedError


def test_turns_that_nobody_asked_for_are_unplayed(scene):
    here = scene()
    here.script.say("one").done().say("two").done()
    assert here.client().chat("a").text == "one"
    report = here.script.report()
    assert (report.played, report.total, report.unplayed_indices) == (1, 2, {1})
    assert report.headline == 'unplayed: turn 2 of the script ("two"): never requested'


def test_turn_too_many_is_named_with_its_prompt(scene):
    here = scene()
    here.script.say("one").done()
    client = here.client()
    assert client.chat("a").text == "one"
    with pytest.raises(ResponseError):
        list(client.chat("What else?"))
    report = here.script.report()
    assert report.headline == 'used-up: the script has 1 turn, the client sent a further one: "What else?"'
    with pytest.raises(UsedUpError, match="Script a further turn"):
        report.check()


def test_secrets_in_a_prompt_are_masked(scene):
    here = scene()
    here.script.done()
    client = here.client()
    for prompt in ("a", "my Bearer abcdefghijklmnop is secret"):
        with pytest.raises(ResponseError):
            list(client.chat(prompt))
    assert "abcdefghijklmnop" not in here.script.report().text()
    assert "Bearer ***" in here.script.report().text()


def test_refusal_that_no_request_met_is_unplayed():
    script = Scripted().refuse(429, at="history")
    with pytest.raises(UnplayedError, match="refuse 429 at history: that point was never reached"):
        script.report().check()


def test_cut_behind_the_end_of_a_turn_is_unplayed(scene):
    here = scene()
    here.script.say("Hello").cut(after=50).done()
    assert here.client().chat("a").text == "Hello"
    expected = 'unplayed: turn 1 of the script ("Hello"): cut (eof) after 50 events: that point was never reached'
    assert here.script.report().headline == expected


@pytest.mark.parametrize("after", range(4, 8))
def test_cut_when_the_answer_is_whole_already_is_unplayed(scene, after):
    here = scene()
    here.script.say("Hello").cut(after=after).done()
    try:
        text = here.client().chat("a").text
    except ConnectionClosedError:
        assert here.script.report().ok
    else:
        assert text == "Hello"
        assert "that point was never reached" in here.script.report().headline


def test_cut_alone_behind_the_end_of_the_fakes_own_answer_is_unplayed(scene):
    here = scene()
    here.script.cut(after=500)
    assert here.client().chat("a").text
    assert "cut (eof) after 500 events: that point was never reached" in here.script.report().headline


def test_second_fault_of_a_turn_cannot_strike_and_is_no_problem(scene):
    here = scene()
    here.script.say("Hello").stall(after=9).cut(after=3, how=1001).done()
    with pytest.raises(Exception, match="1001"):
        list(here.client().chat("a"))
    assert here.script.report().ok


def test_empty_script_has_nothing_to_complain_about():
    report = Scripted().report()
    assert (report.ok, report.total) == (True, 0)

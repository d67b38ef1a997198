"""What the table says of what a client brought home."""

from types import SimpleNamespace

import pytest

from tests.real_clients import inability, scenarios
from tests.real_clients.cells import Cell, judge
from tests.real_clients.clients import CLIENTS, Client
from tests.real_clients.table import failures, show

ANONYMOUS, EXPIRED, IMAGE = (scenarios.BY_NAME[name] for name in ("anonymous", "expired", "image"))
WANTED_EARLIER = SimpleNamespace(about="a message before `connected`")


def client(**more):
    return Client(name="any", what="made up", generation="2026", **more)


def seen(*trace):
    return SimpleNamespace(requests=[], prompts=[], trace=trace)


def told(text="", error=None, **more):
    turn = {"text": text, "images": [], "sources": [], "reasoning": "", **more}
    return {"turns": [turn], "error": error and {"type": error, "text": "401"}}


def test_what_came_home_as_it_should_passes():
    assert judge(client(), ANONYMOUS, told("You said: “hi there”"), seen()) == Cell("pass")


def test_another_answer_fails_and_is_shown():
    cell = judge(client(), ANONYMOUS, told("something else"), seen())
    assert (cell.outcome, "something else" in cell.why) == ("fail", True)


def test_what_a_driver_left_out_fails_rather_than_breaks_the_run():
    assert judge(client(), IMAGE, {"turns": [], "error": None}, seen()).outcome == "fail"


def test_clients_own_exception_passes_by_its_name():
    expects = client(raises={"expired": "MissingAuthError"})
    assert judge(expects, EXPIRED, told(error="MissingAuthError"), seen()) == Cell("pass", raised="MissingAuthError")


def test_another_exception_with_the_right_text_fails():
    cell = judge(client(raises={"expired": "MissingAuthError"}), EXPIRED, told(error="KeyError"), seen())
    assert (cell.outcome, cell.why) == ("fail", "raised KeyError, not MissingAuthError")


def test_what_it_cannot_do_is_not_applicable_where_that_shows():
    cannot = client(cannot={"image": inability.NO_PICTURES})
    assert judge(cannot, IMAGE, told("Here it is."), seen()) == Cell("n/a", inability.ONLY_TEXT)


def test_what_it_is_said_not_to_do_but_does_fails():
    cannot = client(cannot={"image": inability.NO_PICTURES})
    cell = judge(cannot, IMAGE, told("Here it is.", images=["https://copilot.microsoft.com/th/id/BCO.1"]), seen())
    assert cell.outcome == "fail"
    assert cell.why.startswith("not so: reads text and citations only")


def test_sloppy_client_that_a_strict_service_refuses_for_the_known_reason_is_refused():
    cell = judge(
        client(sloppy=(WANTED_EARLIER,)), ANONYMOUS, told(), seen("< error a message before `connected`"), strict=True
    )
    assert cell == Cell("refused", "a message before `connected`")


@pytest.mark.parametrize(
    ("answer", "trace"),
    [(told(), "< error something else"), (told("an answer"), "< error a message before `connected`")],
    ids=["for-another-reason", "and-yet-answered"],
)
def test_sloppy_client_that_is_not_refused_fails(answer, trace):
    assert judge(client(sloppy=(WANTED_EARLIER,)), ANONYMOUS, answer, seen(trace), strict=True).outcome == "fail"


def test_sloppy_client_is_judged_as_ever_where_no_message_is_sent():
    cell = judge(client(sloppy=(WANTED_EARLIER,)), EXPIRED, told(error="MissingAuthError"), seen(), strict=True)
    assert cell.outcome == "pass"


def test_table_has_each_reason_once_and_failures_in_words():
    shown = client()
    row = {
        "anonymous": Cell("pass"),
        "image": Cell("n/a", "has no eyes"),
        "upload": Cell("n/a", "has no eyes"),
        "error": Cell("fail", "no error"),
    }
    table = show({shown: row}, [scenarios.BY_NAME[name] for name in row])
    assert table.splitlines()[1].split() == ["any", "pass", "-", "-", "FAIL"]
    assert "  - image, upload: has no eyes" in table
    assert "  FAIL error: no error" in table
    assert failures({shown: row}) == [("any", "error")]


def test_every_scenario_that_a_client_speaks_of_is_one():
    named = {name for each in CLIENTS for name in (*each.cannot, *each.raises)}
    assert named <= set(scenarios.BY_NAME)

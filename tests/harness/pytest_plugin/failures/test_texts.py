"""What a person reads when a test fails: one text for each kind, kept as snapshots."""

import pytest

from tests.support.inner_pytest.failing import CASSETTE, report_in, suite_of
from tests.support.inner_pytest.runs import FAKE, settled

ASKS = {
    "no-match": 'ask(wire, "/c/api/names", {"name": "Marian", "age": 7})',
    "used-up": 'ask(wire, "/c/api/user"), ask(wire, "/c/api/user")',
    "unplayed": 'ask(wire, "/c/api/user")',
    "nothing-asked": "pass",
    "nothing-alike": 'ask(wire, "/elsewhere", {"a": 1})',
}
FILES = {
    "newer-format": CASSETTE.replace("cassette: 1", "cassette: 9"),
    "broken": "cassette: 1\nrecorded: [\n",
    "another-file": "name: something else\n",
    "empty": "",
    "unknown-key": CASSETTE.replace("exchanges:", "exchange:"),
}
TALK = """
@pytest.mark.cassette("talk")
def test_talk(copilot):
    try:
        copilot.chat("Hello").text
    except Exception:
        pass
"""


@pytest.mark.parametrize("kind", ASKS)
def test_report_of_a_kind_reads_well(played, kind, snapshot):
    played.write(suite_of(ASKS[kind]))
    result = played.run()
    assert result.ret == 1
    assert report_in(result) == snapshot


def test_several_that_are_like_it_are_listed_the_nearest_first(played, snapshot):
    [call] = [part for part in CASSETTE.split("- call: ") if part.startswith("POST")]
    others = [call.replace("Robin", name).replace("age: 7", f"age: {age}") for name, age in (("Much", 8), ("John", 7))]
    text = "- call: ".join([CASSETTE.partition("- call: ")[0], call, *others])
    played.cassette("names").write_text(text)
    played.write(suite_of('ask(wire, "/c/api/names", {"name": "John", "age": 8})'))
    assert report_in(played.run()) == snapshot


def test_answer_before_its_time_reads_well(played, snapshot):
    played.cassette("names").write_text(CASSETTE.replace("exchanges:", "order: session\nexchanges:"))
    played.write(suite_of(ASKS["unplayed"]))
    assert report_in(played.run("--wire-timeout=0.2")) == snapshot


def test_no_cassette_reads_well(inner, snapshot):
    inner.write(suite_of('ask(wire, "/c/api/user")'))
    assert report_in(inner.run()) == snapshot


def test_no_cassette_and_no_request_reads_well(inner, snapshot):
    inner.write(suite_of("pass"))
    assert report_in(inner.run()) == snapshot


def test_recording_to_which_nobody_came_reads_well(inner, snapshot):
    inner.write(suite_of("pass"))
    assert report_in(inner.run("--record-mode=once", FAKE)) == snapshot


def test_message_that_differs_reads_well(inner, snapshot):
    inner.write(TALK)
    inner.record()
    inner.write(TALK.replace("Hello", "Good morning"))
    assert report_in(inner.run()) == snapshot


def test_client_that_hangs_reads_well(inner, snapshot):
    inner.write(TALK)
    inner.record()
    inner.write("""
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect


    @pytest.mark.cassette("talk")
    def test_talk(wire):
        path = "/c/api/chat?api-version=2&accessToken=x&clientSessionId=00000000-0000-4000-8000-000000000000"
        with connect(wire.ws_url + path) as socket:
            with pytest.raises(ConnectionClosed):
                while True:
                    socket.recv(timeout=10)
    """)
    assert report_in(inner.run("--wire-timeout=0.3")) == snapshot


def test_socket_that_is_left_too_early_reads_well(inner, snapshot):
    inner.write(TALK)
    inner.record()
    inner.write("""
    from websockets.sync.client import connect


    @pytest.mark.cassette("talk")
    def test_talk(wire, copilot):
        path = "/c/api/chat?api-version=2&accessToken=x&clientSessionId=00000000-0000-4000-8000-000000000000"
        with connect(wire.ws_url + path) as socket:
            socket.recv(timeout=10)
    """)
    assert report_in(inner.run()) == snapshot


def test_matcher_that_raises_reads_well(played, snapshot):
    marker = 'def broken(recorded, came):\n    raise KeyError("colour")\n\n\n'
    marker += '@pytest.mark.cassette("names", match_on=["method", "path", broken])'
    played.write(suite_of(ASKS["unplayed"], marker))
    assert report_in(played.run()) == snapshot


@pytest.mark.parametrize("kind", FILES)
def test_file_that_cannot_be_played_reads_well(played, kind, snapshot):
    played.cassette("names").write_text(FILES[kind])
    played.write(suite_of("pass"))
    assert report_in(played.run()) == snapshot


def test_folder_in_the_files_place_reads_well(played, snapshot):
    played.cassette("names").unlink()
    played.cassette("names").mkdir()
    played.write(suite_of("pass"))
    assert report_in(played.run()) == snapshot


@pytest.mark.parametrize(
    "marker",
    ['"names", sped=1', '"names", speed="fast"', '"..", speed=1', '"a", "b"', '"names", match_on=["colour"]'],
)
def test_what_was_said_wrongly_reads_well(played, marker, snapshot):
    played.write(suite_of("pass", f"@pytest.mark.cassette({marker})"))
    assert report_in(played.run()) == snapshot


def test_script_for_a_cassette_reads_well(played, snapshot):
    played.write(suite_of('wire.say("No").done()'))
    assert report_in(played.run()) == snapshot


def test_service_that_has_changed_reads_well(inner, snapshot):
    inner.write(TALK)
    inner.record()
    inner.cassette("talk").write_bytes(inner.cassette("talk").read_bytes().replace(b"titleUpdate", b"titleOfOld"))
    assert report_in(inner.run("--record-mode=verify", FAKE)) == snapshot


def test_take_of_a_test_that_failed_reads_well(inner, snapshot):
    inner.write(TALK)
    inner.record()
    inner.write(TALK + '    assert 1 == 2, "because"\n')
    result = inner.run("--record-mode=rewrite", FAKE)
    [line] = [line for line in result.stdout.lines if "stays as it was" in line]
    assert settled(line) == snapshot


def test_end_of_a_session_reads_well(inner, snapshot):
    shared = TALK.replace("(copilot)", "(copilot, number)").replace('"Hello"', 'f"Number {number}"')
    shared = "@pytest.mark.parametrize('number', range(3))" + shared
    inner.write(shared)
    inner.record()
    inner.cassette("old").write_text("cassette: 1\n")
    inner.write(shared.replace("range(3)", "range(2)"))
    lines = inner.run("--check-orphans").stdout.lines
    begin = next(i for i, line in enumerate(lines) if "= wiretape =" in line)
    assert "\n".join(lines[begin + 1 : -1]) + "\n" == snapshot

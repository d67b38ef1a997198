from dataclasses import replace

import pytest

from harness.cassette.model import Line
from harness.cassette.store import load
from harness.record.errors import HookError
from harness.record.hooks import RecordHooks
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from tests.harness.record.conftest import PROFILE


@pytest.fixture
def keep(tmp_path):
    """Records two calls, ``/a`` and ``/b``, with hooks; what the cassette has of them."""
    made = []

    def run(**hooks):
        settings = RecordingOptions(state_directory=tmp_path / "state", hooks=RecordHooks(**hooks))
        recording = Recording(tmp_path / "session.yaml", PROFILE, options=settings)
        made.append(recording)
        for target in ("/a", "/b"):
            track = recording.begin("POST", target, (("x-trace", "1"),), at=1.0)
            track.request_body(b'{"accessToken":"a-secret-of-some-length"}', at=1.0)
            track.respond(200, (("content-type", "application/json"),), at=1.1)
            track.chunk(b'{"n":1}', at=1.2)
            track.end(at=1.3)
        recording.finish()
        return load(tmp_path / "session.yaml").exchanges

    yield run
    for recording in made:
        recording.close()


def test_a_request_for_which_the_hook_gives_none_is_left_out(keep):
    (only,) = keep(before_request=lambda request: None if request.path == "/a" else request)
    assert only.target == "/b"


def test_a_response_for_which_the_hook_gives_none_is_left_out(keep):
    assert keep(before_response=lambda response: None) == ()


def test_a_changed_request_is_what_is_kept(keep):
    first, _ = keep(before_request=lambda request: replace(request, target="/c?d=1", headers=()))
    assert (first.target, first.request.headers) == ("/c?d=1", ())


def test_a_changed_response_is_what_is_kept(keep):
    first, _ = keep(before_response=lambda response: replace(response, status=404, body=b'{"n":2}'))
    assert (first.response.status, first.response.body.data) == (404, b'{"n":2}')


def test_hooks_see_no_secret(keep):
    seen = []
    keep(before_request=lambda request: seen.append(request.json()["accessToken"]) or request)
    assert all(value.startswith("wiretape-token") for value in seen)


def test_a_secret_that_a_hook_brings_in_is_redacted(keep):
    body = b'{"accessToken":"another-secret-of-some-length"}'
    first, _ = keep(before_response=lambda response: replace(response, body=body))
    assert b"another-secret" not in first.response.body.data


@pytest.mark.parametrize("host", ["service.test", "SERVICE.test"])
def test_exchanges_with_an_ignored_host_are_left_out(keep, host):
    assert keep(ignore_hosts=(host,)) == ()


def test_other_hosts_are_kept(keep):
    assert len(keep(ignore_hosts=("other.test",))) == 2


def bad_function(_):
    raise ValueError("a-secret-of-some-length")


def test_a_hook_that_raises_is_named_and_does_not_show_what_it_said(keep):
    with pytest.raises(HookError, match=r"test_hooks\.bad_function failed: it raised ValueError") as failed:
        keep(before_request=bad_function)
    assert "a-secret" not in str(failed.value)


def test_a_hook_that_raises_leaves_the_journal_and_the_old_cassette(keep, tmp_path):
    keep()
    before = (tmp_path / "session.yaml").read_bytes()
    with pytest.raises(HookError) as failed:
        keep(before_response=bad_function)
    assert failed.value.journal.path.exists()
    assert (tmp_path / "session.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": (("Upper", "x"),)},
        {"headers": [("x", "y")]},
        {"headers": (("x", 1),)},
        {"body": "text"},
        {"method": "SOCKET"},
        {"method": "g(t"},
        {"target": "relative"},
    ],
)
def test_a_request_that_no_cassette_can_say_is_refused(keep, changes):
    with pytest.raises(HookError, match="lambda"):
        keep(before_request=lambda request: replace(request, **changes))


@pytest.mark.parametrize(
    "changes",
    [{"status": 99}, {"status": "200"}, {"body": None}, {"messages": (Line("<", 0, "text", b"x"),)}],
)
def test_a_response_that_no_cassette_can_say_is_refused(keep, changes):
    with pytest.raises(HookError, match="lambda"):
        keep(before_response=lambda response: replace(response, **changes))


def test_a_hook_that_gives_something_else_is_refused(keep):
    with pytest.raises(HookError, match="it returned dict instead of a RequestView"):
        keep(before_request=lambda _: {})


def test_a_socket_s_messages_may_be_dropped(record, tmp_path):
    recording = Recording(
        tmp_path / "s.yaml",
        PROFILE,
        options=RecordingOptions(
            journal=False,
            state_directory=tmp_path / "state",
            hooks=RecordHooks(before_response=lambda seen: replace(seen, messages=seen.messages[1:])),
        ),
    )
    track = recording.begin("GET", "/ws", (), at=1.0, upgrade=True)
    track.respond(101, (), at=1.1)
    track.message("<", "text", b"one", at=1.2)
    track.message("<", "text", b"two", at=1.3)
    track.socket_end("<", "close", at=1.4, code=1000)
    (socket,) = recording.finish().exchanges
    assert [line.data for line in socket.messages] == [b"two", b""]


@pytest.mark.parametrize("host", [r".*\.test", r"service\.(test|example)", "service.test:443", "(?i)SERVICE.TEST"])
def test_ignored_hosts_are_regular_expressions_as_for_the_block(keep, host):
    assert (keep(ignore_hosts=(host,)) == ()) == (not host.endswith(":443"))


def test_ignored_host_that_is_no_regular_expression_is_refused():
    with pytest.raises(ValueError, match="ignore_hosts"):
        RecordHooks(ignore_hosts=("[",))

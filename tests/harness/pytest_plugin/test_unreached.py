"""A service that cannot be reached is named in the report, with the reason, and leaves no cassette."""

import socket

import pytest

CLIENT = """
    import urllib.error, urllib.request

    def ask(wire):
        try:
            return urllib.request.urlopen(wire.url + "/x").status
        except urllib.error.HTTPError as error:
            return error.code


    @pytest.mark.cassette("x")
    def test_asks(wire):
        assert ask(wire) == {status}
"""


@pytest.fixture
def closed():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@pytest.mark.parametrize("status", [200, 502], ids=["the client fails", "the client swallows it"])
def test_service_that_cannot_be_reached_is_named_and_nothing_is_written(inner, closed, status):
    inner.write(CLIENT.replace("{status}", str(status)))
    result = inner.run("--record-mode=once", f"--wire-upstream={closed}")
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*unreachable: {closed} cannot be reached: the connection was refused*"])
    shown = result.stdout.str()
    assert "; check that the service runs, and its URL; nothing is recorded" in shown
    assert "is kept in" not in shown
    assert not list(inner.folder.rglob("*.yaml"))
    assert not list(inner.folder.rglob("*.journal"))


def test_old_cassette_stays_when_the_service_cannot_be_reached(inner, closed):
    inner.write(CLIENT.replace("{status}", "200"))
    (inner.folder / "cassettes").mkdir(exist_ok=True)
    old = inner.folder / "cassettes" / "x.yaml"
    old.write_text("cassette: 1\nrecorded: {at: 2026-11-23T05:00:00Z, by: hand}\nexchanges: []\n")
    before = old.read_bytes()
    assert inner.run("--record-mode=rewrite", f"--wire-upstream={closed}").ret == 1
    assert old.read_bytes() == before


OLD = (
    "cassette: 1\nrecorded: {at: 2020-01-01T00:00:00Z, by: hand}\nexchanges:\n- call: GET /x\n  at: 0\n"
    "  response: {status: 200}\n"
)


@pytest.mark.parametrize(
    ("settings", "outcome", "said"),
    [
        ("wire_max_age = 90d\n", {"errors": 1}, "too-old: cassettes/x.yaml: recorded * days ago, on 2020-01-01"),
        (
            "wire_max_age = 90d\nwire_too_old = warn\n",
            {"passed": 1, "warnings": 1},
            "cassettes/x.yaml: recorded * days ago",
        ),
        ("wire_max_age = 900y\n", {"passed": 1}, ""),
        ("", {"passed": 1}, ""),
    ],
    ids=["error", "warn", "young enough", "any age"],
)
def test_cassette_that_is_too_old_fails_or_warns(inner, settings, outcome, said):
    inner.configure(settings)
    inner.write(CLIENT.replace("{status}", "200"))
    (inner.folder / "cassettes").mkdir(exist_ok=True)
    (inner.folder / "cassettes" / "x.yaml").write_text(OLD)
    result = inner.run()
    result.assert_outcomes(**outcome)
    if said:
        result.stdout.fnmatch_lines([f"*{said}*"])


def test_age_that_is_none_is_refused(inner):
    inner.configure("wire_max_age = often\n")
    inner.write("def test_it(): pass")
    result = inner.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*max_age*must be an age such as 36h*"])

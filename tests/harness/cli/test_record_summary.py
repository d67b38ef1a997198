"""What `wiretape record` and `wiretape replay` report at their end, and its exit codes."""

import sys
from pathlib import Path

from fake_server import serve
from fake_server.stage import Response
from harness.cassette import decode_exchange, store
from harness.cassette.store import load
from harness.record.state_dir import journals
from tests.support.clients.command_line import GET, Fixed, Pieces, run


def test_full_disk_names_the_journal_and_recover(state, tmp_path, capsys, monkeypatch):
    def full(*_arguments, **_named):
        raise OSError(28, "No space left on device")

    with serve(Fixed()) as service, monkeypatch.context() as patch:
        patch.setattr(store, "Folder", full)
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", service.url, "--", sys.executable, "-c", GET) == 2
    (left,) = journals(state)
    told = "".join(capsys.readouterr().err.split())
    assert f"wiretaperecover{left.path}" in told
    assert run("recover", left.path) == 0
    assert load(tmp_path / "x.yaml").exchanges[0].response.body.data == b"ok"


FETCHES = (
    "import os, sys, http.client\n"
    "host = os.environ['WIRETAPE_URL'].removeprefix('http://')\n"
    "for path in sys.argv[1:]:\n"
    "    client = http.client.HTTPConnection(host)\n"
    "    client.request('GET', path)\n"
    "    print(client.getresponse().status)\n"
)


class Odd(Fixed):
    """Answers one path with a status that cassettes are made not to know."""

    async def handle(self, request):
        return Response(status=777 if request.target == "/odd" else 200, body=b"ok")


def test_odd_exchange_is_left_out_named_and_exits_3(state, tmp_path, capsys, monkeypatch):
    cassette = tmp_path / "x.yaml"
    fetch = (sys.executable, "-c", FETCHES)
    with serve(Odd()) as service, monkeypatch.context() as patch:
        patch.setattr(decode_exchange, "MAX_STATUS", 776)
        record = ("record", "-o", cassette, "--upstream", service.url)
        assert run(*record, "--", *fetch, "/a", "/odd", "/b") == 3
        assert "left out: GET /odd (status" in capsys.readouterr().err
        failing = ("sh", "-c", f'{sys.executable} -c "$0" /odd; exit 5', FETCHES)
        assert run(*record, "--merge", "--", *failing) == 5
        assert run(*record, "--merge", "--", *fetch, "/c") == 0  # what is missing now was said before
    assert not journals(state)
    capsys.readouterr()
    recorded = load(cassette)
    assert [each.target for each in recorded.exchanges] == ["/a", "/b", "/c"]
    assert [(each.exchange, each.cause) for each in recorded.left_out] == [("GET /odd", "status")] * 2
    assert run("lint", cassette) == 0
    assert "left out: GET /odd" in capsys.readouterr().err
    assert run("replay", cassette, "--", *fetch, "/a", "/b", "/c") == 0
    assert "left out: GET /odd" in capsys.readouterr().err
    assert run("show", cassette) == 0
    assert "left out: GET /odd" in capsys.readouterr().out


def test_question_whose_time_has_passed_ran_and_failed(state, capsys):
    with serve(Pieces()) as service:
        assert run("ask", "Hello", "--base-url", service.url, "--timeout", "0.3") == 1
    assert capsys.readouterr().err.startswith("wiretape: ")


def test_replay_that_went_wrong_says_how_to_record_again(state, tmp_path, capsys):
    cassette = tmp_path / "x.yaml"
    with serve(Fixed()) as service:
        assert run("record", "-o", cassette, "--upstream", service.url, "--", sys.executable, "-c", GET) == 0
        assert run("replay", cassette, "--", "echo", "a b") == 1
        told = "".join(capsys.readouterr().err.split())
        again = f"wiretape record --force -o {cassette} --upstream {service.url} -- echo 'a b'"
        assert "".join(again.split()) in told


def test_messages_are_counted_as_an_import_counts_them():
    from harness.cassette.model import Cassette, Line, Recorded, ResponsePart, SocketExchange
    from harness.cli.run_recording import summary

    lines = [Line(">", 1, "text", b"a"), Line("<", 2, "ping"), Line("<", 3, "binary", b"b"), Line("<", 4, "close")]
    one = SocketExchange(target="/", response=ResponsePart(status=101), messages=tuple(lines))
    recorded = Recorded(at="2026-11-23T05:00:00Z", by="relay")
    assert "2 messages" in summary(Cassette(recorded=recorded, exchanges=(one,)), Path("x.yaml"))

"""``wiretape trim`` keeps what is wanted as it was, and refuses what would do nothing."""

import pytest

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, ResponsePart, SocketExchange
from harness.cassette.store import load, save, side_folder
from harness.cli.main import main

FROM = Recorded(at="2026-11-23T05:00:00Z", by="relay", origin="https://service.test")


def call(target, at, body=b"ok", method="GET"):
    return Call(method=method, target=target, at=at, response=ResponsePart(status=200, body=Body(data=body)))


WHOLE = Cassette(
    recorded=FROM,
    meta={"mine": 1},
    exchanges=(
        call("/v1/a", 1),
        call("/telemetry/x?id=7", 2, b"x" * 70_000),
        call("/v1/b?page=2", 3, method="POST"),
        SocketExchange(
            target="/ws", at=4, response=ResponsePart(status=101), messages=(Line("<", 1, "close", b"", 1000),)
        ),
    ),
)


@pytest.fixture
def cassette(tmp_path):
    path = tmp_path / "x.yaml"
    save(WHOLE, path)
    return path


def run(*arguments):
    return main(["trim", *map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("--without", "/telemetry/*"), [0, 2, 3]),
        (("--only", "/v1/*"), [0, 2]),
        (("--only", "/v1/*", "--without", "POST *"), [0]),
        (("--only", "socket *"), [3]),
        (("--only", "#0", "--only", "#2-3"), [0, 2, 3]),
        (("--without", "POST /v1/b?page=*"), None),
        (("--only", "GET *"), [0, 1]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_exchanges_that_fit_stay_as_they_were(cassette, tmp_path, arguments, left):
    out = tmp_path / "out.yaml"
    assert run(cassette, *arguments, "-o", out) == 0
    found = load(out)
    wanted = [0, 1, 3] if left is None else left
    assert [each.at for each in found.exchanges] == [WHOLE.exchanges[index].at for index in wanted]
    assert (found.recorded, found.meta) == (FROM, {"mine": 1})
    assert len(load(cassette).exchanges) == 4


def test_trimmed_in_place_side_files_go_with_their_exchanges(cassette, capsys):
    assert side_folder(cassette).is_dir()
    assert run(cassette, "--without", "/telemetry/*", "-i") == 0
    assert len(load(cassette).exchanges) == 3
    assert not side_folder(cassette).exists()
    assert "left out: GET /telemetry/x" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("-i",),
        ("--only", "/v1/*"),
        ("--only", "/v1/*", "-i", "-o", "y.yaml"),
        ("--only", "/none/*", "-i"),
        ("--without", "*", "-i"),
        ("--only", "/v1/*", "-i", "--force"),
    ],
    ids=" ".join,
)
def test_what_would_do_nothing_is_refused(cassette, arguments, capsys):
    before = cassette.read_bytes()
    assert run(cassette, *arguments) == 2
    assert capsys.readouterr().err.startswith("wiretape: ")
    assert cassette.read_bytes() == before


def test_other_cassette_is_kept_unless_forced(cassette, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("mine")
    assert run(cassette, "--only", "#0", "-o", other) == 2
    assert other.read_text() == "mine"
    assert run(cassette, "--only", "#0", "-fo", other) == 0


def test_cassette_with_a_secret_is_not_written(cassette, tmp_path, capsys):
    secret = "q7Zk3vX9pLw2RtY8mN4b"
    save(Cassette(recorded=FROM, exchanges=(call(f"/?accessToken={secret}", 1), call("/b", 2))), cassette)
    assert run(cassette, "--only", "#0", "-o", tmp_path / "out.yaml") == 2
    assert secret not in capsys.readouterr().err
    assert not (tmp_path / "out.yaml").exists()

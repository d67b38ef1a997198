"""How old cassettes may be: in `lint` and in `replay`."""

from datetime import UTC, datetime, timedelta

import pytest

from harness.cassette.age import age_of, read_age, too_old
from harness.cassette.model import Call, Cassette, Recorded, ResponsePart
from harness.cassette.store import save
from harness.cli.main import main

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def cassette(at):
    return Cassette(
        recorded=Recorded(at=at, by="hand"),
        exchanges=(Call(method="GET", target="/", response=ResponsePart(status=200)),),
    )


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("36h", 36),
        ("90d", 2160),
        ("90 days", 2160),
        ("2w", 336),
        ("1y", 8760),
        ("0d", 0),
        ("12", None),
        ("", None),
        ("d", None),
        ("-1d", None),
        ("1m", None),
    ],
)
def test_ages_are_read(text, hours):
    assert read_age(text) == (None if hours is None else timedelta(hours=hours))


@pytest.mark.parametrize(("at", "days"), [("2026-11-01T00:00:00Z", 30), ("2026-12-05T00:00:00.5Z", 0)])
def test_age_counts_from_the_recording_and_is_never_negative(at, days):
    assert age_of(cassette(at), NOW).days == days


def test_cassette_that_is_too_old_says_when_it_was_recorded():
    assert too_old(cassette("2026-11-01T00:00:00Z"), timedelta(days=30), NOW) == ""
    told = too_old(cassette("2026-10-31T00:00:00Z"), timedelta(days=30), NOW)
    assert told == "recorded 31 days ago, on 2026-10-31; at most 30 days are allowed: record it again"


@pytest.mark.parametrize("command", ["lint", "replay"])
def test_old_cassette_fails_or_warns(command, tmp_path, capsys):
    path = tmp_path / "x.yaml"
    save(cassette("2020-01-01T00:00:00Z"), path)
    end = ["--", "sh", "-c", "curl -s $WIRETAPE_URL/"] if command == "replay" else []
    assert main([command, str(path), "--max-age", "30d", *end]) == 1
    assert "record it again" in capsys.readouterr().err
    assert main([command, str(path), "--max-age", "often", *end]) == 2
    assert "takes an age" in capsys.readouterr().err
    if command == "lint":
        assert main([command, str(path), "--warn-age", "30d"]) == 0
        assert "record it again" in capsys.readouterr().err
        assert main([command, str(path), "--max-age", "9999w", "--warn-age", "9999w"]) == 0
        assert "record it again" not in capsys.readouterr().err

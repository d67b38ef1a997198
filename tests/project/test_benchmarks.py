"""The arithmetic of the benchmarks: ratios, goals, what the guard calls slower, and the page that shows the kept rows."""

import xml.etree.ElementTree as ET

import pytest

from benchmarks import guard, page, rows
from benchmarks.__main__ import GROUPS
from benchmarks.rows import Row, kept


def row(**changes):
    return Row(**{"key": "relay.call", "what": "w", "means": "m", "unit": "ms", "ours": 2.0, **changes})


@pytest.mark.parametrize(
    ("better", "ratio", "lead", "share"),
    [("less", 0.5, 2.0, 0.5), ("more", 0.5, 0.5, 2.0)],
)
def test_less_or_more_is_better(better, ratio, lead, share):
    one = row(peer=("peer", 4.0), limit=("limit", 1.0), better=better)
    assert (one.ratio, one.lead, one.share) == (ratio, lead, share)


@pytest.mark.parametrize(
    ("changes", "is_met"),
    [
        ({}, None),
        ({"goal": 2}, True),
        ({"goal": 1.9}, False),
        ({"goal": 0.6, "peer": ("peer", 4.0)}, True),
        ({"goal": 0.4, "peer": ("peer", 4.0)}, False),
        ({"goal": 15, "peer": ("peer", 0.1), "better": "more"}, True),
        ({"goal": 25, "peer": ("peer", 0.1), "better": "more"}, False),
    ],
)
def test_a_goal_is_of_the_ratio_where_there_is_a_peer(changes, is_met):
    assert row(**changes).is_met is is_met


def test_the_guard_fails_only_where_both_runs_are_below_half_of_the_kept_ratio(monkeypatch, capsys):
    before = row(key="client.sync", peer=("peer", 4.0))
    measured = []
    monkeypatch.setattr(guard, "kept", lambda: ({}, [before]))
    monkeypatch.setattr(guard, "GROUPS", ("client",))
    monkeypatch.setattr(guard, "_rows", lambda _: [measured.pop(0)])
    slow, quick = (
        row(key="client.sync", ours=4.1, peer=("peer", 4.0)),
        row(key="client.sync", ours=3.9, peer=("peer", 4.0)),
    )
    measured += [quick]
    assert guard.main() == 0
    measured += [slow, quick]
    assert guard.main() == 0
    measured += [slow, slow]
    assert guard.main() == 1
    assert "client.sync: 0.98 times as good as peer, 2.00 when kept" in capsys.readouterr().err


def test_rows_of_one_group_replace_no_other(monkeypatch, tmp_path):
    monkeypatch.setattr(rows, "KEPT", tmp_path / "kept.json")
    rows.keep([row(key="relay.call"), row(key="client.sync")], GROUPS)
    rows.keep([row(key="client.sync", ours=3.0, peer=("peer", 1.0))], GROUPS)
    assert [(each.key, each.ours) for each in kept()[1]] == [("relay.call", 2.0), ("client.sync", 3.0)]
    assert kept()[1][1].peer == ("peer", 1.0)


def test_the_page_shows_the_kept_rows():
    made = kept()[1]
    assert {each.key.partition(".")[0] for each in made} >= set(guard.GROUPS)
    assert page.table(made) in page.PAGE.read_text(encoding="utf-8")
    assert page.CHART.read_text(encoding="utf-8") == page.chart(made)
    assert ET.fromstring(page.chart(made)).tag.endswith("svg")

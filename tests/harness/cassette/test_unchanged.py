"""Cassettes that were written by earlier versions stay what they are: loaded and saved, they are the same bytes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from harness.cassette.model import Cassette, Recorded
from harness.cassette.store import load, save

ROOT = Path(__file__).parents[3]
CASSETTES = sorted(path for path in (ROOT / "cassettes").glob("*.yaml") if path.read_bytes().startswith(b"cassette:"))


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_cassette_is_saved_as_it_was(path, tmp_path):
    copy = tmp_path / path.name
    save(load(path), copy)
    assert copy.read_bytes() == path.read_bytes()
    written = {each.name: each.read_bytes() for each in tmp_path.glob("*.files/*")}
    kept = {each.name: each.read_bytes() for each in path.parent.glob(f"{path.name}.files/*")}
    assert {name: written[name] for name in kept if not name.startswith(".")} == {
        name: data for name, data in kept.items() if not name.startswith(".")
    }


def test_new_keys_are_written_only_where_they_say_something(tmp_path):
    save(Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand")), tmp_path / "empty.yaml")
    text = (tmp_path / "empty.yaml").read_text()
    assert not [key for key in ("ignore", "bind", "match_on", "left_out", "decoded") if key in text]


@pytest.mark.parametrize("path", sorted((ROOT / "tests/data/har").glob("*.har")), ids=lambda path: path.stem[:40])
def test_imported_har_is_saved_as_it_was_imported(path, tmp_path):
    from harness.cli.main import main

    har = shutil.copy(path, tmp_path / "session.har")
    origin = re.search(r"https?://[\w.:-]+", re.search(r'"url":\s*"([^"]+)"', path.read_text())[1])[0]
    assert main(["import", str(har), "-o", str(tmp_path / "one.yaml"), "--origin", origin]) in (0, 3)
    save(load(tmp_path / "one.yaml"), tmp_path / "two.yaml")
    assert (tmp_path / "two.yaml").read_bytes().replace(b"two.yaml", b"one.yaml") == (
        tmp_path / "one.yaml"
    ).read_bytes()

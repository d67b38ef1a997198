"""Cassettes from the cache are those of their files, and no fault of the cache reaches a test."""

import os
import stat

import pytest

from harness.cassette import compiled, store
from harness.cassette.errors import CassetteError
from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange


def cassette(text=b"Hello"):
    call = Call(
        method="GET", target="/x", request=RequestPart(), response=ResponsePart(status=200, body=Body(data=text))
    )
    lines = (Line(">", 0, "text", b"hi"), Line("<", 5, "binary", b"\x00\xff"), Line("<", 9, "close", b"", 1000))
    socket = SocketExchange(target="/s", response=ResponsePart(status=101), messages=lines)
    return Cassette(recorded=Recorded(at="2026-01-01T00:00:00Z", by="hand"), exchanges=(call, socket))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(compiled.VARIABLE, str(tmp_path / "cache"))
    compiled._make_room.cache_clear()
    yield tmp_path / "cache"
    compiled._make_room.cache_clear()


@pytest.fixture
def parsed(monkeypatch):
    """Paths that were parsed as YAML."""
    seen = []
    parse = store.parsed
    monkeypatch.setattr(
        store, "parsed", lambda path, *rest, **options: seen.append(path) or parse(path, *rest, **options)
    )
    return seen


@pytest.fixture
def path(tmp_path):
    store.save(cassette(), tmp_path / "x.yaml")
    return tmp_path / "x.yaml"


def test_a_file_is_parsed_once(cache, parsed, path):
    assert [compiled.load(path) for _ in range(3)] == [store.load(path)] * 3
    assert parsed == [path, path]  # by the first load, and by the comparison


def test_a_changed_file_is_parsed_again(cache, parsed, path):
    compiled.load(path)
    store.save(cassette(b"Good morning"), path)
    assert compiled.load(path).exchanges[0].response.body.data == b"Good morning"
    assert len(parsed) == 2


def test_another_reader_parses_again(cache, parsed, path, monkeypatch):
    compiled.load(path)
    monkeypatch.setattr(compiled, "_reader", lambda: b"another")
    compiled.load(path)
    assert len(parsed) == 2


def test_a_broken_file_fails_each_time_and_is_not_cached(cache, path):
    path.write_text("wiretape: [")
    errors = []
    for _ in range(2):
        with pytest.raises(CassetteError) as raised:
            compiled.load(path)
        errors.append(str(raised.value))
    with pytest.raises(CassetteError) as raised:
        store.load(path)
    assert errors == [str(raised.value)] * 2
    assert list(cache.iterdir()) == []


def test_the_files_and_the_folder_are_the_user_s_alone(cache, path):
    compiled.load(path)
    (made,) = cache.iterdir()
    assert (stat.S_IMODE(cache.stat().st_mode), stat.S_IMODE(made.stat().st_mode)) == (0o700, 0o600)


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x80", b"\x81\xa1a\x01"])
def test_a_damaged_cache_file_is_replaced(cache, path, content):
    compiled.load(path)
    (made,) = cache.iterdir()
    made.write_bytes(content)
    assert compiled.load(path) == store.load(path)
    assert made.read_bytes() != content


def test_a_folder_that_others_may_write_to_is_not_used(cache, parsed, path):
    cache.mkdir()
    cache.chmod(0o777)
    compiled.load(path)
    compiled.load(path)
    assert (len(parsed), list(cache.iterdir())) == (2, [])


@pytest.mark.parametrize("value", ["", "/dev/null/cache"])
def test_without_a_cache_each_load_parses(monkeypatch, parsed, path, value):
    monkeypatch.setenv(compiled.VARIABLE, value)
    assert compiled.load(path) == compiled.load(path)
    assert len(parsed) == 2


def test_side_files_are_checked_at_each_reading(cache, parsed, tmp_path):
    path = tmp_path / "side.yaml"
    store.save(cassette(os.urandom(200_000)), path)
    assert store.side_folder(path).exists()
    compiled.load(path)
    compiled.load(path)
    assert (len(parsed), list(cache.iterdir())) == (2, [])


def test_a_cache_that_is_full_loses_its_oldest_files(cache, path, monkeypatch):
    monkeypatch.setattr(compiled, "CAPACITY", 100)
    cache.mkdir(mode=0o700)
    for number in range(4):
        each = cache / f"{number}"
        each.write_bytes(b"x" * 30)
        os.utime(each, (number, number))
    compiled.load(path)
    assert {each.name for each in cache.iterdir() if len(each.name) == 1} == {"3"}

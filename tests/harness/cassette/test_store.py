"""Cassettes on the disk: side files checked, writing whole or not at all."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.cassette.errors import (
    CassetteDiskError,
    CassetteError,
    ChangedSideFileError,
    LimitError,
    MissingSideFileError,
    UnreadableCassetteError,
    UnsafeSideFileError,
)
from harness.cassette.model import Body, Cassette, Limits, Line, ResponsePart
from harness.cassette.store import load, save, side_folder
from tests.support.hostile.cassettes import HEAD, SAMPLE, answered, cassette_of

_PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300


def _with_picture(content: bytes = _PICTURE, name: str | None = "cat.png") -> Cassette:
    return answered(ResponsePart(status=200, body=Body(data=content, file=name)))


def _plain(text: bytes = b"hello") -> Cassette:
    return answered(ResponsePart(status=200, body=Body(data=text)))


def _tree(folder: Path) -> dict[str, bytes | None]:
    return {str(one.relative_to(folder)): one.read_bytes() if one.is_file() else None for one in folder.rglob("*")}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.yaml"


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """The disk takes no file above that size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_saved_cassette_loads_as_it_was(path: Path):
    assert save(_with_picture(), path) == _with_picture()
    assert load(path) == _with_picture()
    assert _tree(path.parent).keys() == {"chat.yaml", "chat.yaml.files", "chat.yaml.files/cat.png"}


def test_a_path_may_be_text(path: Path):
    save(_plain(), str(path))
    assert load(str(path)) == _plain()


def test_files_can_be_read_by_others_as_the_umask_lets_them(path: Path):
    before = os.umask(0o022)
    try:
        save(_with_picture(), path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644
    assert (side_folder(path) / "cat.png").stat().st_mode & 0o777 == 0o644


def test_large_payloads_are_named_after_their_content_and_the_names_come_back(path: Path):
    big = Line("<", 1, "text", b'{"image":"' + b"A" * 70_000 + b'"}')
    saved = save(cassette_of(big, big, Line("<", 2, "eof")), path)
    assert load(path) == saved
    names = [line.file for line in saved.exchanges[0].messages]  # pyright: ignore[reportAttributeAccessIssue]  # it is a socket
    assert names == [names[0], names[0], None]
    assert str(names[0]).endswith(".json")
    before = _tree(path.parent)
    assert save(saved, path) == saved
    assert _tree(path.parent) == before


def test_side_files_that_nothing_refers_to_are_removed(path: Path):
    save(_with_picture(), path)
    save(_with_picture(b"other" * 20_000, "dog.txt"), path)
    assert _tree(path.parent).keys() == {"chat.yaml", "chat.yaml.files", "chat.yaml.files/dog.txt"}
    save(_plain(), path)
    assert _tree(path.parent).keys() == {"chat.yaml"}


def test_changed_content_under_the_same_name_gets_another_name(path: Path):
    save(_with_picture(), path)
    saved = save(_with_picture(_PICTURE + b"!"), path)
    response = saved.exchanges[0].response
    assert response is not None
    assert response.body.file != "cat.png"
    assert load(path) == saved
    assert len(_tree(path.parent)) == 3


def test_a_missing_side_file_is_named(path: Path):
    save(_with_picture(), path)
    (side_folder(path) / "cat.png").unlink()
    with pytest.raises(
        MissingSideFileError, match=r"exchanges\[0\]\.response\.file: the side file cat\.png is missing"
    ):
        load(path)


def test_a_missing_folder_is_named(path: Path):
    save(_with_picture(), path)
    (side_folder(path) / "cat.png").unlink()
    side_folder(path).rmdir()
    with pytest.raises(MissingSideFileError, match=r"the folder chat\.yaml\.files"):
        load(path)


@pytest.mark.parametrize("content", [b"", _PICTURE[:-1], _PICTURE + b"!", b"?" + _PICTURE[1:]])
def test_a_short_long_or_changed_side_file_is_refused(path: Path, content: bytes):
    save(_with_picture(), path)
    (side_folder(path) / "cat.png").write_bytes(content)
    with pytest.raises(ChangedSideFileError, match=r"cat\.png"):
        load(path)


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "a/b", "..", ".hidden", "a\\0b"])
def test_a_side_file_outside_of_the_folder_cannot_be_named(path: Path, name: str):
    (path.parent / "secret").write_bytes(b"x")
    save(_with_picture(), path)
    path.write_bytes(path.read_bytes().replace(b"name: cat.png", f'name: "{name}"'.encode()))
    with pytest.raises(CassetteError, match=r"exchanges\[0\]\.response\.file\.name: letters, digits"):
        load(path)


def test_a_symbolic_link_as_side_file_is_refused(path: Path):
    save(_with_picture(), path)
    inside = side_folder(path) / "cat.png"
    inside.rename(path.parent / "elsewhere.png")
    inside.symlink_to(path.parent / "elsewhere.png")
    with pytest.raises(UnsafeSideFileError, match="symbolic link"):
        load(path)
    with pytest.raises(UnsafeSideFileError, match="symbolic link"):
        save(_with_picture(), path)


def test_a_symbolic_link_as_folder_is_refused(path: Path):
    save(_with_picture(), path)
    side_folder(path).rename(path.parent / "elsewhere")
    side_folder(path).symlink_to(path.parent / "elsewhere")
    with pytest.raises(UnsafeSideFileError, match="is a symbolic link"):
        load(path)
    with pytest.raises(UnsafeSideFileError, match="is a symbolic link"):
        save(_with_picture(b"new" * 30_000), path)
    assert (path.parent / "elsewhere" / "cat.png").read_bytes() == _PICTURE


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_regular_file_is_refused_without_waiting(path: Path, make):
    save(_with_picture(), path)
    (side_folder(path) / "cat.png").unlink()
    make(side_folder(path) / "cat.png")
    with pytest.raises(UnsafeSideFileError, match="not a regular file"):
        load(path)


@pytest.mark.parametrize(("make", "kind"), [(os.mkfifo, "not a regular file"), (os.mkdir, "a folder, not a file")])
def test_a_cassette_that_is_no_regular_file_is_refused_without_waiting(path: Path, make, kind):
    make(path)
    with pytest.raises(CassetteDiskError, match=f"it is {kind}"):
        load(path)


def test_a_cassette_that_is_not_there_is_a_disk_error(path: Path):
    with pytest.raises(CassetteDiskError, match=r"chat\.yaml: cannot be read: No such file") as caught:
        load(path)
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_a_folder_that_is_not_there_is_a_disk_error(path: Path):
    with pytest.raises(CassetteDiskError, match="cannot be written: No such file"):
        save(_plain(), path.parent / "missing" / "chat.yaml")


@pytest.mark.parametrize("old", [None, _plain(b"old"), _with_picture(b"old" * 30_000)])
@pytest.mark.parametrize("limit", [4, 60_000])
def test_a_full_disk_leaves_everything_as_it_was(path: Path, old: Cassette | None, limit: int):
    if old is not None:
        save(old, path)
    before = _tree(path.parent)
    # The first limit stops at the side file of five bytes, the second at the YAML file.
    small, text = Body(data=b"small", file="small.txt"), b"x\r\n" * 21_000
    lines = tuple(Line("<", 1, "text", text) for _ in range(2))
    cassette = _with_picture()
    exchanges = (
        *cassette_of(*lines, Line("<", 2, "eof")).exchanges,
        *answered(ResponsePart(status=200, body=small)).exchanges,
    )
    with _files_of_at_most(limit), pytest.raises(CassetteDiskError, match="cannot be written: File too large"):
        save(Cassette(recorded=cassette.recorded, exchanges=exchanges), path)
    assert _tree(path.parent) == before


def test_what_the_format_cannot_say_leaves_everything_as_it_was(path: Path):
    save(_with_picture(), path)
    before = _tree(path.parent)
    with pytest.raises(CassetteError, match=r"chat\.yaml.*exchanges\[0\]\.messages"):
        save(cassette_of(Line("<", 1, "binary", b"new" * 40_000), Line("<", 0, "eof")), path)
    assert _tree(path.parent) == before


def test_a_place_that_cannot_be_taken_leaves_everything_as_it_was(path: Path):
    path.mkdir()
    (path / "inside").write_bytes(b"kept")
    before = _tree(path.parent)
    with pytest.raises(CassetteDiskError):
        save(_with_picture(), path)
    assert _tree(path.parent) == before


def test_a_truncated_file_names_its_line(path: Path):
    path.write_bytes(SAMPLE[: SAMPLE.index(b"text: ") + 10])
    with pytest.raises(UnreadableCassetteError, match=r"chat\.yaml:\d+: this is not YAML"):
        load(path)


def test_the_size_of_the_file_is_limited(path: Path):
    path.write_bytes(SAMPLE)
    with pytest.raises(LimitError, match="more than 100 bytes"):
        load(path, limits=Limits(file_bytes=100))


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(side_file_bytes=70_000), "the side file has more than 70000 bytes"),
        (Limits(payload_bytes=100_000), "the side files have more than 100000 bytes together"),
        (Limits(exchanges=1), "more than 1 exchanges"),
        (Limits(lines=3), "more than 3 lines in `messages` and `stream`"),
        (Limits(depth=3), "nested deeper than 3"),
    ],
)
def test_what_a_cassette_takes_is_limited(path: Path, limits: Limits, problem: str):
    picture = Line("<", 1, "binary", _PICTURE, file="cat.png")
    one = cassette_of(picture, picture, Line("<", 2, "eof"))
    save(Cassette(recorded=one.recorded, exchanges=one.exchanges * 2), path)
    with pytest.raises(LimitError, match=problem):
        load(path, limits=limits)


def test_a_claimed_size_is_refused_before_anything_is_read(path: Path):
    said = f"file: {{name: x, size: {10**12}, sha256: '{'0' * 64}'}}"
    path.write_text(f"{HEAD}exchanges:\n- call: GET /x\n  at: 0\n  response: {{status: 200, {said}}}\n")
    with pytest.raises(LimitError, match="the side file has more than"):
        load(path)


def test_the_folder_has_no_other_files_afterwards(path: Path):
    for _ in range(3):
        save(_with_picture(), path)
    assert _tree(path.parent).keys() == {"chat.yaml", "chat.yaml.files", "chat.yaml.files/cat.png"}

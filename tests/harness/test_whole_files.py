"""A file is written whole, or an existing one stays as it was."""

import os

import pytest

from harness.whole_files import UnwrittenFileError, write_whole
from tests.support import full_disk


def test_file_is_written_and_replaced_with_its_permissions(tmp_path):
    path = tmp_path / "page.html"
    write_whole(path, b"one")
    path.chmod(0o640)
    write_whole(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)


def test_private_file_is_for_its_owner_even_if_it_was_public(tmp_path):
    path = tmp_path / "page.html"
    path.write_bytes(b"public")
    path.chmod(0o644)
    write_whole(path, b"private", private=True)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("private", "is_link"), [(False, True), (True, False)])
def test_link_is_followed_unless_the_file_is_private(tmp_path, private, is_link):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_whole(link, b"new", private=private)
    assert (link.read_bytes(), link.is_symlink()) == (b"new", is_link)
    assert target.read_bytes() == (b"new" if is_link else b"old")


def test_pipe_is_written_as_it_is():
    read, write = os.pipe()
    write_whole(full_disk.descriptor_path(write), b"through")
    os.close(write)
    with os.fdopen(read, "rb") as reader:
        assert reader.read() == b"through"


@pytest.mark.parametrize("old", [None, b"old"])
def test_full_disk_leaves_what_was_there_and_nothing_else(tmp_path, old):
    path = tmp_path / "page.html"
    if old is not None:
        path.write_bytes(old)
    with full_disk.limited() as limit:
        limit(10)
        with pytest.raises(UnwrittenFileError, match=r"page\.html: cannot be written: File too large"):
            write_whole(path, b"x" * 100_000)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([] if old is None else [old])


def test_folder_that_may_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UnwrittenFileError, match="cannot be written: Not a directory"):
        write_whole(tmp_path / "file" / "page.html", b"x")

"""HARs in archives, and bodies in files beside them."""

import gzip
import json
import zipfile
import zlib

import pytest

from harness.har.errors import HarError, UnreadableHarError
from tests.harness.har.conftest import TWO_ENTRIES, entry, har


def packed(tmp_path, name, *members):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


@pytest.mark.parametrize("inside", ["har.har", "session.har", "folder/session.HAR"])
def test_zip_is_unpacked(bring, tmp_path, inside):
    path = packed(tmp_path, "s.har.zip", (inside, TWO_ENTRIES), ("README", "no HAR"))
    assert len(bring(path).cassette.exchanges) == 2


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda data: data])
def test_compressed_har_is_unpacked(bring, tmp_path, pack):
    path = tmp_path / "session.zhar"
    path.write_bytes(pack(TWO_ENTRIES.encode()))
    assert len(bring(path).cassette.exchanges) == 2


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(TWO_ENTRIES.encode())[:-20],
        zlib.compress(TWO_ENTRIES.encode())[:-20],
        b"\x1f\x8b\x08\x00garbage of some length",
        b"PK\x03\x04 garbage",
        zlib.compress(b"[]"),
    ],
)
def test_broken_archive_is_an_error_of_ours(bring, tmp_path, content):
    path = tmp_path / "session.zhar"
    path.write_bytes(content)
    with pytest.raises(HarError, match=r"session\.zhar"):
        bring(path)


def test_archive_with_several_hars_is_refused(bring, tmp_path):
    with pytest.raises(UnreadableHarError, match="more than one file"):
        bring(packed(tmp_path, "s.zip", ("a.har", TWO_ENTRIES), ("b.har", TWO_ENTRIES)))


def attached(name, **half):
    return entry("/a", method="POST", response={"content": {"size": 4, "mimeType": "image/png", "_file": name}}, **half)


def test_bodies_that_playwright_puts_into_the_zip_are_read(bring, tmp_path):
    name, posted = f"{'a' * 40}.png", f"{'b' * 40}.bin"
    one = attached(name, request={"postData": {"mimeType": "x/bin", "_file": posted}})
    path = packed(tmp_path, "s.har.zip", ("har.har", json.dumps(har(one))), (name, b"\x89PNG"), (posted, b"\x00\xff"))
    (call,) = bring(path).cassette.exchanges
    assert (call.request.body.data, call.response.body.data) == (b"\x00\xff", b"\x89PNG")


def test_bodies_that_playwright_puts_beside_the_har_are_read(bring, tmp_path):
    name = f"{'a' * 40}.png"
    (tmp_path / name).write_bytes(b"\x89PNG")
    assert bring(har(attached(name))).cassette.exchanges[0].response.body.data == b"\x89PNG"


@pytest.mark.parametrize(
    "name", ["id_rsa", "../secret", "/etc/passwd", "session.har", f"{'c' * 40}.png", f"{'d' * 40}"]
)
def test_no_other_file_is_read_for_a_har(bring, tmp_path, name):
    (tmp_path / "id_rsa").write_text("key")
    (tmp_path / ("d" * 40)).symlink_to(tmp_path / "id_rsa")
    imported = bring(har(attached(name)))
    assert imported.cassette.exchanges[0].response.body.data == b""
    assert imported.report.plain()["losses"]["no-file"]["count"] == 1

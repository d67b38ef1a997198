"""What callers pass as media, and what becomes of it."""

import io

import pytest

from provider.attachments import Link, Upload
from provider.errors import UsageError
from provider.media import content_type_of, load_media

PNG = b"\x89PNG\r\n\x1a\n0000"


@pytest.mark.parametrize(
    "item", [PNG, bytearray(PNG), memoryview(PNG), io.BytesIO(PNG)], ids=lambda item: type(item).__name__
)
def test_bytes_and_binary_files_are_uploaded(item):
    assert load_media([item]) == (Upload(PNG, "image/png", "file.png"),)


def test_path_object_is_read_and_named(tmp_path):
    (tmp_path / "cat.png").write_bytes(PNG)
    assert load_media([tmp_path / "cat.png"]) == (Upload(PNG, "image/png", "cat.png"),)


def test_pair_gives_the_name_without_folders():
    assert load_media([(PNG, '../../etc/"cat".png')]) == (Upload(PNG, "image/png", "cat.png"),)


def test_data_uri_is_decoded():
    (upload,) = load_media(["data:text/plain;base64,aGVsbG8="])
    assert (upload.data, upload.content_type, upload.is_image) == (b"hello", "text/plain", False)
    assert load_media(["data:,a%20b"])[0].data == b"a b"


def test_https_url_is_passed_on():
    assert load_media(["https://example.com/cat.png"]) == (Link("https://example.com/cat.png"),)


@pytest.mark.parametrize(
    ("item", "what"),
    [
        ("cat.png", "neither a data: URI nor an https: URL"),
        ("/etc/passwd", "neither a data: URI nor an https: URL"),
        ("http://example.com/cat.png", "neither a data: URI nor an https: URL"),
        ("data:image/png;base64,@@", "broken base64"),
        ("data:nothing", "comma"),
        (b"", "empty"),
        (5, "unknown type int"),
        (io.StringIO("text"), "open for text"),
    ],
)
def test_what_cannot_be_media_is_refused_with_its_place(item, what):
    with pytest.raises(UsageError, match=what) as caught:
        load_media([PNG, item])
    assert "media[1]" in str(caught.value)


def test_file_that_cannot_be_read_is_named_by_its_place(tmp_path):
    with pytest.raises(UsageError, match=r"media\[0\] cannot be read") as caught:
        load_media([tmp_path / "none.png"])
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF0000WEBPVP8 ", "image/webp"),
        (b"BM....", "image/bmp"),
        (b"%PDF-1.7", "application/pdf"),
        ("héllo".encode(), "text/plain"),
        (b"\x00\xff\x00", "application/octet-stream"),
    ],
)
def test_content_type_is_read_from_the_bytes(data, kind):
    assert content_type_of(data) == kind

import io
import random

import pytest

from provider.auth import har_reader
from provider.auth.har_reader import AsUtf8


def read_all(data: bytes, size: int) -> bytes:
    file = AsUtf8(io.BytesIO(data))
    return b"".join(iter(lambda: file.read(size), b""))


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_characters_over_the_border_of_chunks_are_whole(chunk, size, monkeypatch):
    monkeypatch.setattr(har_reader, "_CHUNK", chunk)
    text = '{"a": "' + "".join(random.Random(1).choices("ab é€😀", k=60)) + '", "b": "plain"}'
    assert read_all(text.encode(), size) == text.encode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_other_encodings_become_utf_8(encoding):
    assert read_all('{"a": "é"}'.encode(encoding), 3) == '{"a": "é"}'.encode()


def test_a_character_that_breaks_off_is_replaced(monkeypatch):
    monkeypatch.setattr(har_reader, "_CHUNK", 4)
    assert read_all(b'{"a":\xe2\x82plain"}', 100).decode() == '{"a":\ufffdplain"}'
    assert read_all(b'{"a":"\xe2\x82', 100).decode() == '{"a":"\ufffd'

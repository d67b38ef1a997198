"""Large data in which nothing was found is not searched again, until another secret is known."""

import pytest

from harness.redact import engine

SECRET = "q7Zk3vX9pLw2RtY8"
LARGE = f'{{"text": "{"plain words " * 1000}", "id": "{SECRET}"}}'.encode()


@pytest.fixture
def searched(monkeypatch):
    """The sizes of the data that were searched."""
    sizes = []
    views = engine.views

    def counted(data):
        sizes.append(len(data))
        return views(data)

    monkeypatch.setattr(engine, "views", counted)
    return sizes


def test_the_same_bytes_are_searched_once(redactor, searched):
    assert redactor.data(LARGE).data == redactor.data(bytes(bytearray(LARGE))).data == LARGE
    assert searched == [len(LARGE)]


def test_a_secret_that_is_learned_later_is_replaced(redactor):
    redactor.data(LARGE)
    redactor.headers([("authorization", f"Bearer {SECRET}")])
    assert SECRET.encode() not in redactor.data(LARGE).data


def test_the_scan_finds_a_secret_that_was_learned_later(redactor):
    redactor.data(LARGE)
    assert redactor.scan(LARGE) == []
    redactor.headers([("authorization", f"Bearer {SECRET}")])
    assert [one.label for one in redactor.scan(LARGE)] == ["authorization"]


def test_data_that_was_redacted_is_searched_again(redactor, searched):
    data = LARGE.replace(b'"id"', b'"accessToken"')
    redactor.data(data)
    redactor.data(data)
    assert searched.count(len(data)) == 2


def test_the_scan_sees_a_multipart_body_as_a_whole(redactor):
    parts = b"".join(b"--b\r\nContent-Type: image/png\r\n\r\n\x89\x00" + b"x" * 3000 + b"\r\n" for _ in range(2))
    body = parts + f"--b--\r\n{SECRET}".encode()
    redactor.headers([("authorization", f"Bearer {SECRET}")])
    assert redactor.data(body).data == body
    assert redactor.scan(body)

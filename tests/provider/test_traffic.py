"""Requests, responses and messages show nothing secret; the raw values come by an explicit call alone."""

import copy
import pickle

import pytest

from provider.errors import UsageError
from provider.traffic import MAX_BODY, ReceivedResponse, SentRequest, SocketMessage, request_id

SECRET = "s3cret-A9"


def known(text):
    return text.replace("known-value", "***")


def request():
    headers = (("authorization", f"Bearer {SECRET}"), ("x-any", "known-value"))
    return SentRequest.of("POST", f"wss://h.test/c/api/chat?accessToken={SECRET}&n=1", headers, 7, known)


def response():
    headers = (("set-cookie", f"_U={SECRET}; Path=/"), ("x-request-id", "id-1"))
    return ReceivedResponse.of(429, headers, f'{{"accessToken":"{SECRET}","a":"known-value"}}'.encode(), known)


def message():
    return SocketMessage.of("received", f'{{"event":"x","sessionKey":"{SECRET}"}}'.encode(), known)


VALUES = [request, response, message]


def shown_of(value):
    fields = [getattr(value, name) for name in value.__dataclass_fields__ if name != "_raw"]
    return repr((value, str(value), fields, getattr(value, "text", ""))).encode()


@pytest.mark.parametrize("make", VALUES)
def test_nothing_that_is_shown_holds_a_secret(make):
    for each in (make(), copy.copy(make()), [make()], {"key": make()}):
        assert SECRET not in repr(each)
    assert SECRET.encode() not in shown_of(make())
    assert b"known-value" not in shown_of(make())
    assert SECRET.encode() not in pickle.dumps(make())
    assert b"known-value" not in pickle.dumps(make())


@pytest.mark.parametrize("make", VALUES)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_are_equal_and_have_one_hash(make, again):
    value = make()
    assert again(value) == value
    assert hash(again(value)) == hash(value)
    assert shown_of(again(value)) == shown_of(value)


def test_raw_values_are_as_they_went_over_the_wire():
    assert request().raw_url().endswith(f"accessToken={SECRET}&n=1")
    assert dict(request().raw_headers())["authorization"] == f"Bearer {SECRET}"
    assert dict(response().raw_headers())["set-cookie"] == f"_U={SECRET}; Path=/"
    assert response().raw_body() == f'{{"accessToken":"{SECRET}","a":"known-value"}}'.encode()
    assert message().raw_data() == f'{{"event":"x","sessionKey":"{SECRET}"}}'.encode()


@pytest.mark.parametrize(
    "get",
    [
        lambda again: again(request()).raw_url(),
        lambda again: again(request()).raw_headers(),
        lambda again: again(response()).raw_headers(),
        lambda again: again(response()).raw_body(),
        lambda again: again(message()).raw_data(),
    ],
)
def test_pickled_values_have_no_raw_values(get):
    with pytest.raises(UsageError, match="was pickled or deep-copied"):
        get(lambda value: pickle.loads(pickle.dumps(value)))


@pytest.mark.parametrize("make", VALUES)
def test_values_are_frozen(make):
    value = make()
    for name in value.__dataclass_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)


@pytest.mark.parametrize(("size", "truncated"), [(MAX_BODY, False), (MAX_BODY + 1, True), (1_000_000, True)])
def test_body_is_bounded(size, truncated):
    found = ReceivedResponse.of(500, (), b"." * size, known)
    assert len(found.body) == len(found.raw_body()) == MAX_BODY
    assert found.truncated is truncated
    assert found.redacted(known) == found
    assert ("more than" in repr(found)) is truncated


def test_secrets_that_become_known_later_are_redacted_then():
    before = ReceivedResponse.of(500, (("x-any", "late-value"),), b"late-value", known)
    after = before.redacted(lambda text: text.replace("late-value", "***"))
    assert (after.headers, after.body) == ((("x-any", "***"),), b"***")
    assert after.raw_body() == b"late-value"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("cf-ray", "c"), ("x-request-id", "x")), "x"),
        ((("cf-ray", "c"),), "c"),
        ((("x-request-id", ""), ("request-id", "r")), "r"),
        ((("content-type", "text/html"),), None),
    ],
)
def test_request_id_is_the_best_header(headers, expected):
    assert request_id(headers) == expected
    assert ReceivedResponse.of(500, headers, b"", known).request_id == expected

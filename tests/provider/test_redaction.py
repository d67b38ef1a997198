"""What is replaced before something of the wire is shown, and what stays."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.redaction import redact_headers, redact_start, redact_text


def as_is(text):
    return text


HIDDEN_IN_TEXTS = [
    ('{"accessToken":"s3cret-A"}', '{"accessToken":"***"}'),
    ('{"access_token": "s3cret-A", "n": 1}', '{"access_token": "***", "n": 1}'),
    (r'{"a":"{\"idToken\": \"s3cret-A\"}"}', r'{"a":"{\"idToken\": \"***\"}"}'),
    ("<i data-x='{&quot;clientSecret&quot;: &quot;s3cret-A&quot;}'>", "s3cret-A"),
    ("/x?q=%7B%22secret%22%3A%20%22s3cret-A%22%7D", "s3cret-A"),
    ("wss://h.test/c/api/chat?api-version=2&accessToken=s3cret-A&n=1", "api-version=2&accessToken=***&n=1"),
    ("curl -H 'Authorization: Bearer s3cret-A'", "Authorization: Bearer ***"),
    ("say Bearer s3cret-A9 twice", "say Bearer *** twice"),
    ("<b>eyJhbGciOiJub25lIn0.eyJuIjoiczNjcmV0In0.s3cret-A</b>", "<b>***</b>"),
    ("https://me:s3cret-A@h.test/", "https://me:***@h.test/"),
    ('--b\r\nContent-Disposition: form-data; name="password"\r\n\r\ns3cret-A\r\n--b--', "s3cret-A"),
    ("sessionKey=s3cret-A", "sessionKey=***"),
]


@pytest.mark.parametrize(("text", "expected"), HIDDEN_IN_TEXTS)
def test_secret_of_a_text_is_replaced(text, expected):
    shown = redact_text(text, as_is)
    assert "s3cret-A" not in shown
    assert expected == "s3cret-A" or expected in shown


@pytest.mark.parametrize(
    "text",
    [
        '{"event":"appendText","messageId":"a1","partId":"0","text":"Two tokens, one cookie jar.","id":"2"}',
        '{"event":"connected","requestId":"0123456789abcdef","id":"0"}',
        "https://copilot.microsoft.com/c/api/conversations?types=chat",
        '{"error":"the token has expired"}',
    ],
)
def test_text_without_secrets_stays(text):
    assert redact_text(text, as_is) == text


def test_values_that_the_client_knows_are_replaced_anywhere():
    assert redact_text("echo: my-own-value", lambda text: text.replace("my-own-value", "***")) == "echo: ***"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("set-cookie", "_U=s3cret; Path=/; HttpOnly", "_U=***; Path=/; HttpOnly"),
        ("set-cookie", "s3cret", "***"),
        ("cookie", "a=1; b=2", "***"),
        ("authorization", "Basic bWU6cw==", "***"),
        ("x-copilot-temporarysessionkey", "k", "***"),
        ("x-csrf-token", "k", "***"),
        ("location", "https://h.test/?code=s3cret#x", "https://h.test/?***"),
        ("location", "https://me:s3cret@h.test/", "https://me:***@h.test/"),
        ("content-type", "application/json", "application/json"),
        ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("retry-after", "7", "7"),
    ],
)
def test_header_is_shown_without_secrets(name, value, expected):
    assert redact_headers(((name, value),), as_is) == ((name, expected),)


@pytest.mark.parametrize("secret", ["s" * 400, "eyJ" + "a" * 300 + "." + "b" * 300])
def test_no_piece_of_a_secret_is_shown_where_the_text_is_cut(secret):
    cut = lambda text: text.replace(secret, "***")  # noqa: E731
    for before in (900, 1000, 1000 + 16 * 1024 - 100):
        shown = redact_start(b" " * before + secret.encode() + b" more" * 5000, 1000, cut)
        assert len(shown) <= 1000
        assert secret[:8].encode() not in shown


def test_bytes_that_are_no_text_stay():
    assert redact_start(b"\xff\xfe ok", 100, as_is) == b"\xff\xfe ok"


@given(st.text(), st.text(min_size=9, max_size=40, alphabet=st.characters(categories=["Ll", "Nd"])))
def test_member_of_any_json_around_it_is_hidden(around, secret):
    shown = redact_text(f'{{"x":"{around}","sessionKey":"{secret}"}}', as_is)
    assert shown.endswith('"sessionKey":"***"}')


def test_one_long_word_costs_no_more_than_its_length():
    began = time.process_time()
    assert redact_start(b"." * 200_000, 100_000, as_is) == b"." * 100_000
    assert time.process_time() - began < 1


def test_word_that_may_be_half_of_a_secret_is_left_out():
    seen = []
    redact_start(b"a <b>" + b"w" * 5000 + b"," + b"s" * 50_000, 5, lambda text: seen.append(text) or text)
    # Of 16 KiB behind the limit, the last 8 KiB are left out, and no more where a word begins there.
    assert len(seen[0]) == 5 + 16 * 1024 - 8192
    seen.clear()
    redact_start(b"a <b>" + b"w" * 12_000 + b"," + b"s" * 50_000, 5, lambda text: seen.append(text) or text)
    assert seen[0] == "a <b>" + "w" * 12_000 + ","

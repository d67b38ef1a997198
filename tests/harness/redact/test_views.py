import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from harness.cassette.pictures import pictured
from harness.redact.engine import Redactor
from harness.redact.views import CODINGS, views
from harness.services.neutral import NEUTRAL


@given(st.text(), st.sampled_from([json.dumps, quote, lambda text: json.dumps(quote(text))]))
def test_some_view_shows_the_plain_text(text, encode):
    assert any(text.encode("utf-8", "surrogatepass") in view.data for view in views(encode(text).encode()))


@given(st.text())
def test_a_view_shows_the_lines_of_a_transcript(text):
    line = pictured(f"{text}\n".encode())
    assert line is None or any(f"{text}\n".encode() == view.data for view in views(line.encode()))


def test_a_key_whose_lines_stand_in_a_transcript_is_found():
    key = (
        b"-----BEGIN PRIVATE KEY-----\n"
        + b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n" * 3
        + b"-----END PRIVATE KEY-----\n"
    )
    event = b"data: " + key.replace(b"\n", b"\ndata: ") + b"\n\n"
    for body in (key, event):
        line = pictured(body)
        assert line is not None
        assert Redactor(NEUTRAL).scan(line.encode())


@given(st.binary(max_size=60))
def test_spans_stay_within_the_data_and_in_order(data):
    for view in views(data):
        spans = [view.span(at, at + 1) for at in range(len(view.data))]
        assert all(0 <= start < end <= len(data) for start, end in spans)
        assert spans == sorted(spans)


@given(st.text('abc\\%&;#x2541u"/', max_size=40))
def test_views_end_on_hostile_nesting(text):
    assert len(list(views(text.encode() * 20))) <= 16


PIECES = ["\\", "\\\\", '"', '\\"', "\\n", "\\/", "\\t", "\\q", "\\u0041", "\\u0000", "\\u0001", "\\ud83d", "\\ude00", "\\x41", "\\x0", "\\u{1f600}",
          "\\u{0}", "\0", "\1", "\2", "n", "u0041", "%", "%41", "%4", "&amp;", "&#65;", "&", "+", "a=b+c", "␊", "␍", "\ndata: x", "data: y", "\r\n", "é"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_all_escapes_decode_as_each_does(pieces):
    for coding in CODINGS:
        raw = "".join(pieces).encode()
        assert coding.decode_all(raw) == coding.escape.sub(
            lambda found, coding=coding: coding.decode(found.group()), raw
        )

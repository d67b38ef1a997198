import base64
import json

import pytest

from harness.redact.engine import Redactor
from harness.redact.errors import NoHarError, StillSecretError
from harness.redact.har import redact_har
from harness.redact.lint import lint_har
from harness.services.copilot import COPILOT
from tests.support.project.tree import ROOT

SECRET = "q7Zk3vX9pLw2RtY8"
HARS = sorted((ROOT / "tests/data/har").glob("*.har"))


def har(**entry):
    return {"log": {"version": "1.2", "creator": {"name": "test"}, "entries": [entry]}}


def redacted(tree, **layout):
    clean = redact_har(Redactor(COPILOT), json.dumps(tree, **layout).encode())
    return json.loads(clean)["log"]["entries"][0]


def named(name, value):
    return {"name": name, "value": value}


PLACES = {
    "url": {"request": {"url": f"wss://h/c/api/chat?accessToken={SECRET}"}},
    "query": {"request": {"queryString": [named("accessToken", SECRET)]}},
    "header": {"request": {"headers": [named("Authorization", f"Bearer {SECRET}")]}},
    "pseudo header": {"request": {"headers": [named(":path", f"/x?accessToken={SECRET}")]}},
    "cookie header": {"request": {"headers": [named("cookie", f"a=1; b={SECRET}")]}},
    "cookie": {"request": {"cookies": [named("b", SECRET)]}},
    "set-cookie": {"response": {"headers": [named("Set-Cookie", f"b={SECRET}; Path=/")]}},
    "response cookie": {"response": {"cookies": [named("b", f'"{SECRET}"')]}},
    "form": {"request": {"postData": {"params": [named("password", SECRET)], "text": f"password={SECRET}"}}},
    "posted JSON": {"request": {"postData": {"text": json.dumps({"secret": SECRET})}}},
    "body": {"response": {"content": {"text": json.dumps({"access_token": SECRET})}}},
    "base64 body": {
        "response": {
            "content": {"encoding": "base64", "text": base64.b64encode(b'{"idToken":"%s"}' % SECRET.encode()).decode()}
        }
    },
    "redirect": {"response": {"redirectURL": f"https://h/?code={SECRET}"}},
    "message": {"_webSocketMessages": [{"type": "send", "opcode": 1, "data": json.dumps({"secret": SECRET})}]},
    "binary message": {
        "_webSocketMessages": [
            {"type": "send", "opcode": 2, "data": base64.b64encode(b'{"secret":"%s"}' % SECRET.encode()).decode()}
        ]
    },
    "custom field": {"_details": {"accessToken": SECRET, "n": 1}},
}


@pytest.mark.parametrize("place", PLACES)
def test_secret_is_replaced_in_every_place_of_a_har(place):
    clean = json.dumps(redacted(har(**PLACES[place])))
    assert SECRET not in clean
    assert SECRET not in "".join(map(decoded, clean.split('"')))


def decoded(text):
    try:
        return base64.b64decode(text, validate=True).decode("latin-1")
    except ValueError:
        return ""


@pytest.mark.parametrize("place", PLACES)
def test_value_shown_in_one_place_is_replaced_in_a_comment_before_it(place):
    if place == "custom field":
        return
    clean = redacted(har(comment=f"mine is {SECRET}", **PLACES[place]))
    assert clean["comment"].startswith("mine is wiretape-")


def test_value_gets_the_same_standin_in_url_and_query():
    clean = redacted(har(request={**PLACES["url"]["request"], **PLACES["query"]["request"]}))["request"]
    assert clean["url"].endswith("=wiretape-token-1")
    assert clean["queryString"] == [named("accessToken", "wiretape-token-1")]


def test_text_streamed_over_messages_is_looked_through_as_one():
    def message(text):
        return {"type": "receive", "opcode": 1, "data": json.dumps({"event": "appendText", "text": text})}

    clean = redacted(har(_webSocketMessages=[message("I am joe@cor"), message("p.io.")]))
    assert "wiretape-email-1@example.com" in clean["_webSocketMessages"][0]["data"]
    assert "p.io" not in clean["_webSocketMessages"][1]["data"]


@pytest.mark.parametrize("layout", [{}, {"indent": 1}, {"indent": 4}, {"indent": "\t"}, {"separators": (",", ":")}])
def test_layout_stays(layout):
    tree = har(request={"url": f"/?accessToken={SECRET}", "x": 1.5, "ü": None})
    content = json.dumps(tree, ensure_ascii=False, **layout).encode()
    assert redact_har(Redactor(COPILOT), content) == content.replace(SECRET.encode(), b"wiretape-token-1")


@pytest.mark.parametrize("path", HARS, ids=lambda path: path.stem)
def test_redacted_har_of_an_exporter_is_clean_and_stays_so(path):
    clean = redact_har(Redactor(COPILOT), path.read_bytes())
    assert not lint_har(Redactor(COPILOT), clean)
    assert redact_har(Redactor(COPILOT), clean) == clean


@pytest.mark.parametrize("path", HARS, ids=lambda path: path.stem)
def test_redaction_keeps_the_shape_of_a_har(path):
    content = path.read_bytes()
    assert shape(json.loads(redact_har(Redactor(COPILOT), content))) == shape(json.loads(content))


def shape(value):
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"log":1}', b"\xff", b"[" * 100_000], ids=len)
def test_what_is_no_har_is_refused(content):
    with pytest.raises(NoHarError, match="not a HAR"):
        redact_har(Redactor(COPILOT), content)


def test_har_that_is_nested_too_deeply_is_refused():
    deep = b'{"log":{"entries":[' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"]}}"
    with pytest.raises(NoHarError, match="deep"):
        redact_har(Redactor(COPILOT), deep)


def test_secret_in_a_name_is_refused_without_showing_it():
    tree = har(request={"url": f"/?accessToken={SECRET}"}, **{SECRET: 1})
    with pytest.raises(StillSecretError, match="line 1") as caught:
        redacted(tree)
    assert SECRET not in str(caught.value)


def test_half_a_surrogate_pair_stays():
    clean = redact_har(Redactor(COPILOT), b'{"log":{"entries":[{"a":"\\ud800","accessToken":"%s"}]}}' % SECRET.encode())
    assert json.loads(clean)["log"]["entries"][0] == {"a": "\ud800", "accessToken": "wiretape-token-1"}

"""Secrets in the arguments of a call that signs in, where no field names them."""

import json

import pytest

from harness.profile import ServiceProfile
from harness.redact.engine import Redactor

ANY = ServiceProfile(name="any", upstream="https://service.test")
TOKEN = "nowpBZHqh5rYPGG5YwoT2ZxjJN-GVePg"
PASSWORD = "kZ7pQw9XvB3nT5sL8mRd"


def redacted(text: str) -> str:
    return Redactor(ANY).data(text.encode()).data.decode()


def xml_call(method: str, *values: str) -> str:
    params = "".join(f"<param><value>{value}</value></param>" for value in values)
    return f"<?xml version='1.0'?><methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(["push", ["pipeline", 0, ["login"], [TOKEN]]]),
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "user.login", "params": ["robin", PASSWORD]}),
        "42" + json.dumps(["authenticate", TOKEN, {}]),
        json.dumps({"type": "auth", "payload": TOKEN}),
        json.dumps({"method": "login", "params": [{"resume": TOKEN}]}),
        json.dumps({"t": "c", "d": {"a": "auth", "b": {"cred": TOKEN}}}),
        json.dumps({"value": TOKEN, "cmd": "signInWithToken"}),
        f"PASS oauth:{PASSWORD}\r\nNICK robin\r\n",
        xml_call("login", "<string>robin</string>", f"<string>{PASSWORD}</string>"),
        xml_call("session.login_with_password", "robin", PASSWORD),
    ],
)
def test_argument_of_a_call_that_signs_in_is_secret(text):
    clean = redacted(text)
    assert TOKEN not in clean
    assert PASSWORD not in clean
    assert "wiretape-token-1" in clean


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(["push", ["hello"], [TOKEN]]),
        json.dumps({"type": "auth", "id": TOKEN, "requestId": PASSWORD, "challenge": TOKEN}),
        json.dumps({"type": "auth", "user": "robin of loxley hall", "room": "the-oak-in-the-wood"}),
        json.dumps({"type": "auth", "call": "0f8fad5b-d9cb-469f-a165-70867728950e"}),
        json.dumps({"login": 1, "note": TOKEN}),
        json.dumps({"author": "plugin", "note": TOKEN}),
        json.dumps({"type": "auth", "note": TOKEN, "more": "of this " * 2000}),
        f"you PASS {PASSWORD} by",
        xml_call("store", f"<string>{TOKEN}</string>"),
        xml_call("login", "<string>the-oak-in-the-wood</string>", "<int>123456789012</int>"),
    ],
)
def test_anything_else_is_not(text):
    assert redacted(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"<member><name>password</name><value><string>{PASSWORD}</string></value></member>",
        f"<member>\n<name>password</name>\n<value>{PASSWORD}</value>\n</member>",
        f"<dict>\n  <key>authToken</key>\n  <string>{TOKEN}</string>\n</dict>",
    ],
)
def test_value_whose_name_is_an_element_before_it_is_secret(text):
    clean = redacted(text)
    assert TOKEN not in clean
    assert PASSWORD not in clean


@pytest.mark.parametrize(
    "text",
    [
        f"<member><name>colour</name><value><string>{PASSWORD}</string></value></member>",
        "<member><name>password</name><value><boolean>1</boolean></value></member>",
        f"<name>password</name><note/><value>{PASSWORD}</value>",
    ],
)
def test_value_of_any_other_name_stays(text):
    assert redacted(text) == text

"""Data made to make an expression slow: twice as much of it takes about twice as long, by every finder."""

import gc
import time

import pytest

from harness.profile import ServiceProfile
from harness.redact.detect.hits import Lookup
from harness.redact.detect.patterns import PERSONAL, looks
from harness.redact.detect.places import FINDERS
from harness.redact.engine import Redactor
from harness.redact.nested import nested

ANY = ServiceProfile(
    name="any", upstream="https://service.test", redact_personal=True, redact=("json.a[*].b", "path[3]")
)
UNITS = [
    b'"token":"', b'"token":{"value":"', b'"token","', b'{"name":"token","value":"', b"token=", b"?token=?", b"&a=&", b";token=",
    b"token: ", b"\ntoken: aaaaaaaa", b"<token>", b"<token a=", b"<token><![CDATA[", b"<name>token</name> ", b"<input name=", b"<input name='token' value='",
    b"token='", b'token="', b"token:`", b"a.b.c.", b"/token/", b"/token/aaaaaaaaaaaa", b"://a:", b"Bearer ", b"AUTH aaaaaaaaaaaa",
    b"eyJ", b"eyJaaaaaa.", b".eyJaaaaaaa.aaaa", b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN PRIVATE KEY-----aaaa-",
    b"-----BEGIN PRIVATE KEY-----" + b"a" * 60 + b'"', b"a@a.", b"a.",
    b"4111 1111 1111 ", b"4", b"DE89 3704 ", b"DE89", b"A1", b"sk-", b"sk-proj-", b"ghp_", b"xoxb-", b"AKIA", b"SG.", b"key-", b"0",
    b"0a", b"f", b"glpat-", b"ya29.", b"hooks.slack.com/services/", b"discord.com/api/webhooks/", b"tskey-a-", b"dp.pt.", b"pypi-AgE",
    b"MTa", b"MTaaaaaaaaaaaaaaaaaaaaaaaa.", b"1:AA", b"+1", b"+1 ", b"123-", b"\xa5token\xd9", b"etoken", b"\x65token", b"\\", b"%25",
    b"\\u0074oken", b'\\"', b"&quot;", b"\ndata: ", b"data: {\n", b"7b22", b"eyJ0b2tlbiI6", b"[", b'{"a":[', b'[{"b":', b'"kty""d":"',
    b'"cookie":"a=', b"sig=", b"X-Amz-Signature=", b"PLAIN ", b" ", b"\x00", b"=", b'"', b"'", b"<", b">", b"code=", b'name="', b"form-data",
    b"a: ", b"token: token: ", b" --token ", b" --token=", b"\ntoken = ", b"\n= ", b"'token':'", b"'token', ", b"password is ", b"curl -u a:", b"-u a",
    b"machine a login b ", b"machine a\t", b"a LOGIN ", b"token,", b"token,token\n", b'"a",', b'"cookies":[', b'"cookies":{"a":"b",', b'{"httpOnly":', b'{"cookies":[{},',
    b"/reset/", b"/invite/a", b"<a name='token'>", b'{"key":"token","value":{"stringValue":"',
]  # fmt: skip


def cost(act):
    """CPU seconds, without the garbage collector's, which takes 0.1 s in a process that has run many tests."""
    gc.disable()
    try:
        began = time.process_time()
        act()
        return time.process_time() - began
    finally:
        gc.enable()


@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_no_finder_is_slower_than_linear(unit):
    lookup = Lookup({"token": "token"}, generic=True)
    small, large = (unit * (size // len(unit)) for size in (4_000, 32_000))
    slow = []
    acts = [(finder.find.__name__, lambda data, finder=finder: list(finder.find(data, lookup))) for finder in FINDERS]
    acts += [("looks", lambda data: list(looks(data, text=True, personal=True)))]
    acts += [("binary looks", lambda data: list(looks(data, text=False))), ("nested", lambda data: list(nested(data)))]
    for name, act in acts:
        # Eight times as much: a quadratic one would take sixty-four times as long.
        before, after = cost(lambda act=act: act(small)), cost(lambda act=act: act(large))
        if after > 0.1 and after > 24 * before:
            slow.append((name, before, after))
    assert slow == []


@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_no_data_hangs_the_redactor(unit):
    # Each may pass a whole redactor in seconds; what is quadratic takes minutes.
    assert cost(lambda: Redactor(ANY).data(unit * (10_000 // len(unit)))) < 10


def test_personal_looks_are_tried():
    assert len(PERSONAL) > 1

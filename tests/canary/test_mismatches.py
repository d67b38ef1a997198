"""Secrets in requests and messages that match nothing: none is in what is told of it, by any way to replay."""

import base64
import json
import logging
import random
import re
import sys
import urllib.request
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from harness.cassette.model import SocketExchange
from harness.cassette.store import save
from harness.control import controlling
from harness.match.mask import Mask
from harness.replay.errors import NoMatchError
from harness.stubs import stubbing
from tests.harness.cli.test_commands import run
from tests.support.cassettes.builders import call, cassette, socket
from tests.support.clients import mismatching_client
from tests.support.inner_pytest.runs import InnerPytest
from tests.support.project.tree import ROOT
from tests.support.secrets.carriers import CARRIERS, fits, shows
from tests.support.secrets.kinds import KINDS

OF_ANSWERS = {"set-cookie", "folded set-cookie", "fragment", "subprotocol"}
IN_MESSAGES = {
    "first message",
    "socket.io",
    "JSON",
    "prose",
    "msgpack",
    "CBOR",
    "protobuf",
    "JSON, deep",
    "JSON with escapes",
}
TYPES = {"form": "application/x-www-form-urlencoded", "multipart": "multipart/form-data; boundary=b0und"}


@dataclass
class Planted:
    """A request or message with a secret, as the client's program reads it."""

    kind: str
    method: str = "GET"
    target: str = ""
    headers: list = field(default_factory=list)
    data: str = ""
    text: bool = True


def planted():
    """What is recorded, what is asked instead, and the secrets: each carrier with two kinds of them."""
    dice = random.Random(12)
    recorded, asked, secrets = [], [], []
    carriers = [each for each in CARRIERS if each.name not in OF_ANSWERS]
    for number in range(2 * len(carriers)):
        carrier = carriers[number // 2]
        kinds = [each for each in KINDS if fits(each, carrier)]
        kind = kinds[number * 5 % 70 % len(kinds)]
        secret = kind.make(dice)
        name = kind.name or "note"
        ours, theirs = (carrier.make(name, each) for each in ("something plain", secret))
        in_message = number % 2 == 1 and carrier.name in IN_MESSAGES
        recorded.append(_exchange(number, carrier.name, ours, in_message))
        asked.append(_planted(number, carrier.name, theirs, in_message))
        secrets.append((carrier.name, kind.label, kind.core(secret)))
    return recorded, asked, secrets


def _place(number, carrier, carried, word):
    """Target, headers and body of what is carried, for the exchange of that number."""
    tail = f"word={word}"
    if isinstance(carried, str):
        return f"/{number}{carried}{'&' if '?' in carried else '?'}{tail}", (), b""
    if isinstance(carried, tuple):
        return f"/{number}?{tail}", carried, b""
    return f"/{number}?{tail}", (("content-type", TYPES.get(carrier, "text/plain")),), carried


def _exchange(number, carrier, carried, in_message):
    if in_message:
        return _recorded_socket(number, carried)
    target, headers, body = _place(number, carrier, carried, "recorded")
    return call(f"{'POST' if body else 'GET'} {target}", body, headers=headers, at=number)


def _recorded_socket(number, carried):
    from msgspec.structs import replace

    from harness.cassette.model import Line

    kind = "text" if _is_text(carried) else "binary"
    return replace(
        socket(f"/{number}", ""),
        messages=(Line(">", 1, kind, carried), Line("<", 2, "text", b"fine"), Line("<", 3, "close", b"", 1000)),
        at=number,
    )


def _planted(number, carrier, carried, in_message):
    if in_message:
        return Planted("message", target=f"/{number}", data=base64.b64encode(carried).decode(), text=_is_text(carried))
    target, headers, body = _place(number, carrier, carried, "another")
    data = base64.b64encode(body).decode()
    return Planted("request", "POST" if body else "GET", target, [*headers], data)


def _is_text(data):
    try:
        return bool(data.decode()) and b"\0" not in data
    except UnicodeDecodeError:
        return False


RECORDED, ASKED, SECRETS = planted()


@pytest.fixture
def files(tmp_path):
    """The cassette, the client's list, and the file of what it was told."""
    folder = tmp_path / "cassettes"
    folder.mkdir()
    save(cassette(*RECORDED, origin="https://service.test"), folder / "canary.yaml")
    (tmp_path / "planted.json").write_text(json.dumps([asdict(each) for each in ASKED]))
    return folder / "canary.yaml", tmp_path / "planted.json", tmp_path / "told.json"


def shown(outputs):
    """Where secrets are shown, by carrier and kind."""
    return {
        (where, carrier, kind)
        for where, text in outputs.items()
        for carrier, kind, core in SECRETS
        if shows(text.encode("utf-8", "surrogateescape"), core)
    }


def check_refused(told):
    """Each was refused: a test of what is told of mismatches is none if something matched."""
    statuses = [each[0] for each in json.loads(told)]
    assert len(statuses) >= 50
    assert {status for status, asked in zip(statuses, ASKED, strict=True) if asked.kind == "request"} == {501}
    assert {status for status, asked in zip(statuses, ASKED, strict=True) if asked.kind == "message"} == {4004}


def by_cli(files, capfd, caplog):
    path, list_of_planted, told = files
    caplog.set_level(logging.DEBUG)
    client = mismatching_client.__file__
    code = run("replay", path, "--deadline", "5", "-v", "--", sys.executable, client, list_of_planted, told)
    assert code == 1
    out, err = capfd.readouterr()
    assert "word" in err
    return {"terminal": out + err, "told to the client": told.read_text(), "logs": caplog.text}


def test_no_secret_is_told_by_the_command(files, capfd, caplog):
    outputs = by_cli(files, capfd, caplog)
    check_refused(outputs["told to the client"])
    assert shown(outputs) == set()


def test_secrets_would_be_told_without_the_mask(files, capfd, caplog, monkeypatch):
    monkeypatch.setattr(Mask, "text", lambda self, text: text)
    monkeypatch.setattr(Mask, "value", lambda self, value, **_: repr(value))
    outputs = by_cli(files, capfd, caplog)
    for where in ("terminal", "told to the client"):
        seen = {(carrier, kind) for place, carrier, kind in shown(outputs) if place == where}
        assert len(seen) >= 25, where


INNER = """
import sys
sys.path.insert(0, {root!r})
from tests.support.clients.mismatching_client import talk


@pytest.mark.cassette("canary")
def test_session(wire):
    talk(wire.url, {planted!r}, {told!r})
"""


def page_data(folder):
    """The page's data with its characters, not their escapes; and the file itself."""
    [page] = folder.glob("*.html")
    text = page.read_text()
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1]
    return text + json.dumps(json.loads(data), ensure_ascii=False)


def test_no_secret_is_told_by_the_plugin(files, pytester):
    _, list_of_planted, told = files
    inner = InnerPytest(pytester)
    inner.write(INNER.format(root=str(ROOT), planted=str(list_of_planted), told=str(told)))
    (inner.folder / "cassettes").mkdir(exist_ok=True)
    (inner.folder / "cassettes" / "canary.yaml").write_bytes(files[0].read_bytes())
    result = inner.run("-rA", "--log-level=DEBUG", "--junitxml=junit.xml", "--wire-report=pages", "-vv")
    assert result.ret == 1
    outputs = {
        "terminal": result.stdout.str() + result.stderr.str(),
        "junit": (inner.folder / "junit.xml").read_text(),
        "told to the client": Path(told).read_text(),
        "page": page_data(inner.folder / "pages"),
    }
    assert "no-match" in outputs["junit"]
    assert "no-match" in outputs["page"]
    assert '"other"' in outputs["page"]
    check_refused(outputs["told to the client"])
    assert shown(outputs) == set()


# ---------------------------------------------------------------- stubs
def stub_all(stubs):
    """A stub for each recorded exchange: what is asked differs from it, in what holds the secret and in a word."""
    for exchange in RECORDED:
        path, _, query = exchange.target.partition("?")
        pairs = dict(parse_qsl(query, keep_blank_values=True))
        headers = {name: value for name, value in exchange.request.headers if name != "content-length"}
        if isinstance(exchange, SocketExchange):
            data = exchange.messages[0].data
            expected = data.decode() if _is_text(data) else data
            stubs.on_socket(path).optional().expect(expected).send("fine").close()
            continue
        body = exchange.request.body.data
        stubs.on(exchange.method, path, query=pairs, headers=headers, content=body or None).optional()


def test_no_secret_is_told_by_stubs(files):
    _, list_of_planted, told = files
    outputs = {}

    def session():
        with stubbing() as stubs:
            stub_all(stubs)
            mismatching_client.talk(stubs.url, str(list_of_planted), str(told))
            outputs["report"] = "\n".join([stubs.report().text(), *map(str, stubs.problems())])

    with pytest.raises(NoMatchError) as raised:
        session()
    outputs |= {"error": str(raised.value), "told to the client": told.read_text()}
    check_refused(outputs["told to the client"])
    assert "message-mismatch" in outputs["report"]
    assert shown(outputs) == set()


# ---------------------------------------------------------------- the control service
def by_control(url, method, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def test_no_secret_is_told_by_the_control_service(files):
    path, list_of_planted, told = files
    with controlling(path.parent) as control:
        test = json.loads(by_control(f"{control.url}/tests", "POST", {"cassette": path.name}))
        mismatching_client.talk(test["url"], str(list_of_planted), str(told))
        outputs = {
            "report": by_control(test["test"], "GET"),
            "last report": by_control(test["test"], "DELETE"),
            "command": "".join(control.failed),
            "told to the client": told.read_text(),
        }
    assert "message-mismatch" in outputs["last report"]
    assert "no-match" in outputs["command"]
    check_refused(outputs["told to the client"])
    assert shown(outputs) == set()

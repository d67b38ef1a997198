"""Escape sequences, direction marks and HTML of a stranger's session: no command and no page passes them on."""

import re
import sys
from dataclasses import dataclass

import msgspec
import pytest

from harness.cassette.model import Line
from harness.cassette.store import save
from tests.support.cassettes.builders import call, cassette, socket
from tests.support.clients.command_line import run

HOSTILE = "\x1b]0;title\x07\x1b[31m\x9b2J\u202e<script>alert(1)</script><img src=x onerror=alert(1)>\"'`"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MARKUP = ("<script>alert", "<img src=x")
SENDS = (
    "import os, urllib.request as r\n"
    f"data = {HOSTILE!r}.encode() + b'other'\n"
    "try: r.urlopen(r.Request(os.environ['WIRETAPE_URL'] + '/p', data=data)).read()\n"
    "except OSError: pass\n"
)


@dataclass
class Files:
    one: object
    other: object
    page: object


def session(tail):
    text = HOSTILE.encode() + tail
    headers = (("content-type", "text/plain"), ("x-evil", "<script>alert(1)</script>"))
    talk = msgspec.structs.replace(
        socket("/ws?<script>alert(1)</script>", "< text {}"),
        messages=(Line("<", 0, "text", text), Line("<", 1, "close", HOSTILE[:40].encode(), code=4000)),
        at=9,
    )
    return cassette(call("POST /p", text, answer=text, reason="OK <b>", response_headers=headers), talk)


@pytest.fixture
def files(tmp_path):
    made = Files(tmp_path / "one.yaml", tmp_path / "other.yaml", tmp_path / "page.html")
    save(session(b"1"), made.one)
    save(session(b"2"), made.other)
    return made


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "{one}"),
        ("show", "{one}", "--json"),
        ("diff", "{one}", "{other}"),
        ("lint", "{one}"),
        ("view", "{one}", "--out", "{page}"),
        ("replay", "{one}", "--", sys.executable, "-c", SENDS),
        ("profile", "suggest", "{one}", "{other}"),
        ("show", "{one}" + HOSTILE),
        ("replay", "{one}", "--fault", HOSTILE),
        ("record", "-o", "{one}", "--upstream", HOSTILE),
        ("import", "{one}" + HOSTILE),
        ("faults", HOSTILE),
    ],
    ids=[
        *("show", "show as JSON", "diff", "lint", "view", "replay", "suggest"),
        *("show a name", "a fault rule", "an upstream", "import a name", "the name of a fault"),
    ],
)
def test_command_prints_no_control_characters(files, capfd, arguments):
    run(*(each if each == SENDS else each.format(**vars(files)) for each in arguments))
    out, err = capfd.readouterr()
    assert out + err
    assert not CONTROLS.search(out + err)
    page = files.page.read_text(encoding="utf-8") if files.page.exists() else ""
    assert not any(each in page for each in MARKUP)
    assert "\x1b" not in page

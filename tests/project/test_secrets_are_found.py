"""The search for marked secrets finds them: in every spelling, and on every surface that it looks at."""

import base64
import json
import logging
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.support.secrets.marked import Surfaces, everything_logged, leaks_in, secret

TOKEN = secret("token")
SPELLINGS = {
    "plain": TOKEN,
    "in a URL": quote(TOKEN, safe=""),
    "in a form": quote_plus(TOKEN),
    "in a URL in a URL": quote(quote(TOKEN, safe=""), safe=""),
    "JSON": json.dumps({"token": TOKEN}),
    "JSON with escaped slashes": json.dumps(TOKEN).replace("/", "\\/"),
    "JSON in JSON": json.dumps(json.dumps([TOKEN])),
    "base64": base64.b64encode(TOKEN.encode()).decode(),
    "base64 of a header": base64.b64encode(f"Bearer {TOKEN}".encode()).decode(),
    "base64 of user and password": base64.b64encode(f"me:{TOKEN}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"\xff?{TOKEN}".encode()).decode().rstrip("="),
    "hexadecimal": TOKEN.encode().hex(),
    "small letters": TOKEN.lower(),
    "its beginning": TOKEN[: len(TOKEN) // 2],
    "its end": TOKEN[-20:],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_secret_is_found_in_a_spelling(spelling):
    assert leaks_in(f"a text with {SPELLINGS[spelling]} in it")
    assert leaks_in(f"a text with {SPELLINGS[spelling]} in it".encode())


def test_text_without_a_secret_is_clean():
    assert not leaks_in("Authorization: Bearer wiretape-token-1")


def raising(error, *, cause=None, note=""):
    if note:
        error.add_note(note)
    raise error from cause


def within(_credential):
    raise ValueError("plain")


def after(error):
    try:
        raise error
    except ValueError:
        raise KeyError("plain")  # noqa: B904  # its context is what is looked at


ERRORS = {
    "text": lambda: raising(ValueError(f"no {TOKEN}")),
    "cause": lambda: raising(ValueError("plain"), cause=OSError(TOKEN)),
    "context": lambda: after(ValueError(TOKEN)),
    "note": lambda: raising(ValueError("plain"), note=TOKEN),
    "member of a group": lambda: raising(ExceptionGroup("plain", [ValueError(TOKEN)])),
    "argument of a call": lambda: within(TOKEN),
}


@pytest.mark.parametrize("place", ERRORS)
def test_secret_is_found_in_an_error(place):
    with pytest.raises(Exception) as raised:  # of several kinds
        ERRORS[place]()
    seen = Surfaces()
    seen.see_error("an error", raised.value)
    assert seen.leaks()


@pytest.mark.parametrize("arguments", [(f"token {TOKEN}",), ("token %s", TOKEN), ("token %r", {"token": TOKEN})])
def test_secret_is_found_in_a_log(arguments):
    seen = Surfaces()
    with everything_logged(seen):
        logging.getLogger("of.somebody").debug(*arguments)
    assert seen.leaks()


@pytest.mark.parametrize("name", ["a/b/session.yaml", f"a/{quote(TOKEN, safe='')}.yaml"])
def test_secret_is_found_in_a_folder(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_bytes(b"\x00\xff" + TOKEN.encode() if name.endswith("session.yaml") else b"")
    seen = Surfaces()
    seen.see_folder(tmp_path)
    assert len(seen.leaks()) == 1


@pytest.mark.parametrize("place", ["cmdline", "environ"])
def test_secret_is_found_in_what_a_process_was_started_with(place):
    waiting = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    command, environment = (waiting, {"MINE": TOKEN}) if place == "environ" else ([*waiting, TOKEN], {})
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        running.stdout.readline()
        seen = Surfaces()
        seen.see(place, Path(f"/proc/{running.pid}/{place}").read_bytes())
        running.communicate(timeout=30)
    assert len(seen.leaks()) == 1

"""Writes a recorded call as a curl command, or as a Python program, that repeats it. Placeholders stay."""

from __future__ import annotations

import re
import shlex
from typing import Final
from urllib.parse import urlsplit

from harness.cassette.model import Call, Exchange
from harness.cassette.payloads import is_large

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE: Final = re.compile(r"[^\x20-\x7e]")
_OF_THE_CONNECTION: Final = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "upgrade", "accept-encoding", "expect", "te"}
)
_LONGEST: Final = 16 * 1024
"""Bytes of a body that is shown in a command; a longer one is named as a file."""


def url_of(exchange: Exchange, origin: str) -> str:
    """The URL of an exchange; at ``http://localhost`` if the cassette names no origin of the web."""
    if urlsplit(exchange.target).scheme:
        return exchange.target
    return f"{origin if origin.startswith(('http://', 'https://')) else 'http://localhost'}{exchange.target}"


def as_curl(call: Call, origin: str) -> str:
    """The call as a command for a shell, on several lines."""
    parts = ["curl --globoff --compressed", f"--request {_quoted(call.method)}"]
    parts += [f"--header {_quoted(f'{name}: {value}' if value else f'{name};')}" for name, value in _headers(call)]
    body = call.request.body.shown
    if is_large(call.request.body):
        parts.append("--data-binary @body.bin")
    elif body:
        text = _text(body)
        parts.append("--data-binary @body.bin" if text is None else f"--data-raw {_quoted(text)}")
    return " \\\n  ".join([*parts, f"--url {_quoted(url_of(call, origin))}"])


def as_python(call: Call, origin: str) -> str:
    """The call as a program that needs the standard library only."""
    body = call.request.body.shown
    data = ascii(body) if len(body) <= _LONGEST and not is_large(call.request.body) else "open('body.bin', 'rb').read()"
    return "\n".join(
        [
            "from urllib.request import Request, urlopen",
            "",
            "request = Request(",
            f"    {url_of(call, origin)!a},",
            *([f"    data={data},"] if body else []),
            f"    headers={dict(_headers(call))!a},",
            f"    method={call.method!a},",
            ")",
            "with urlopen(request) as response:",
            "    print(response.status, response.read())",
        ]
    )


def _headers(call: Call) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in call.request.headers
        if name not in _OF_THE_CONNECTION and not name.startswith("sec-websocket-") and _TOKEN.fullmatch(name)
    ]


def _text(body: bytes) -> str | None:
    if len(body) > _LONGEST or b"\0" in body:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _quoted(text: str) -> str:
    """The text as one word for bash and zsh. Control characters are escaped: pasted ones would steer the terminal."""
    if not _UNSAFE.search(text):
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _UNSAFE.sub(_escape, escaped) + "'"


def _escape(match: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in match.group().encode("utf-8", "surrogatepass"))

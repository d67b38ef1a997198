"""One session as each exporter would have written it: pure functions from our own export to another program's HAR.

Made after the real exports in tests/data/har; Edge writes what Chrome writes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from harness.cassette.model import Cassette
from harness.har.exporting import NAMELESS, export_har

Har = dict[str, Any]
_SECRET_HEADERS = {"cookie", "authorization", "set-cookie"}


def plain_har(cassette: Cassette, origin: str) -> Har:
    """A cassette as a HAR of the service at that origin, without anything of ours."""
    har = json.loads(b"".join(export_har(cassette)).replace(NAMELESS.encode(), origin.encode()))
    del har["log"]["_wiretape"]
    for entry in har["log"]["entries"]:
        entry.pop("_wiretape", None)
        if entry["_resourceType"] == "websocket":
            entry["request"]["url"] = entry["request"]["url"].replace(f"ws://{NAMELESS[7:]}", f"ws{origin[4:]}")
            messages = entry.get("_webSocketMessages", [])
            entry["_webSocketMessages"] = [one for one in messages if one["opcode"] in {1, 2}]
            entry["response"].setdefault("status", 101)
    return har


def chrome(har: Har) -> Har:
    """DevTools: milliseconds, capital names, seconds for messages, no size of a socket's body."""
    har = _named(har, "WebInspector", "537.36")
    for entry in _entries(har):
        entry["startedDateTime"] = entry["startedDateTime"][:-4] + "Z"
        _capitals(entry)
        entry["request"].get("postData", {}).pop("params", None)
        entry["response"] |= {"_transferSize": 0, "_error": None, "_fetchedViaServiceWorker": False}
        entry["timings"] |= {"blocked": 0.4, "_blocked_queueing": 0.2}
        if "_webSocketMessages" in entry:
            entry["request"]["cookies"] = []
            entry["response"]["content"] = {"size": 0, "mimeType": "x-unknown", "compression": 248}
    return har


def chrome_sanitized(har: Har) -> Har:
    """DevTools without sensitive data: no cookies and no authorization; queries and messages keep their secrets."""
    har = chrome(har)
    for entry in _entries(har):
        for part in (entry["request"], entry["response"]):
            part["headers"] = [one for one in part["headers"] if one["name"].lower() not in _SECRET_HEADERS]
            part["cookies"] = []
    return har


def chrome_over_http2(har: Har) -> Har:
    """DevTools, of a service that speaks HTTP/2: pseudo headers, names in lower case, no phrases."""
    har = chrome(har)
    for entry in _entries(har):
        if entry["_resourceType"] != "websocket":
            for part in (entry["request"], entry["response"]):
                part["httpVersion"] = "h2"
                part["headers"] = [{**one, "name": one["name"].lower()} for one in part["headers"]]
            entry["request"]["headers"].insert(0, {"name": ":method", "value": entry["request"]["method"]})
            entry["response"]["statusText"] = ""
    return har


def edge(har: Har) -> Har:
    return _named(chrome(har), "WebInspector", "537.36")


def firefox(har: Har) -> Har:
    """Firefox: its name as browser, a time zone, cookies of one value in one header, sockets by https."""
    har = _named(har, "Firefox", "145.0")
    har["log"]["browser"] = {"name": "Firefox", "version": "145.0"}
    for entry in _entries(har):
        entry["startedDateTime"] = entry["startedDateTime"][:-4] + "+00:00"
        _capitals(entry)
        entry["_securityState"] = "insecure"
        entry["response"]["_error"] = None
        if "_webSocketMessages" in entry:
            for one in entry["_webSocketMessages"]:
                one |= {"mask": one["type"] == "send", "isFinal": True}
        entry.pop("_resourceType")
    return har


def mitmproxy(har: Har) -> Har:
    """mitmproxy: exact times, http:// for sockets, empty texts, time zones as +00:00."""
    har = _named(har, "mitmproxy", "11.0.2")
    for entry in _entries(har):
        entry["startedDateTime"] = entry["startedDateTime"].replace("Z", "+00:00")
        _capitals(entry)
        for name in ("blocked", "dns"):
            entry["timings"].pop(name)
        if entry.pop("_resourceType") == "websocket":
            entry["request"]["url"] = entry["request"]["url"].replace("ws", "http", 1)
            entry["response"]["content"] = {"size": 0, "compression": 0, "mimeType": "", "text": ""}
            entry["_resourceType"] = "websocket"
    # Flows are written when they end, sockets last.
    har["log"]["entries"].sort(key=lambda entry: "_webSocketMessages" in entry)
    return har


def playwright(har: Har) -> Har:
    """Playwright: milliseconds for messages, no times of a socket's handshake, no text in it."""
    har = _named(har, "Playwright", "1.65.1")
    har["log"]["browser"] = {"name": "chromium", "version": "156.0.8078.79"}
    for entry in _entries(har):
        entry["startedDateTime"] = entry["startedDateTime"][:-4] + "Z"
        _capitals(entry)
        entry |= {"_frameref": "frame@1", "_monotonicTime": 1250.603}
        if "_webSocketMessages" in entry:
            entry["timings"] = {"send": -1, "wait": -1, "receive": -1}
            entry["response"]["content"] = {"size": -1, "mimeType": "x-unknown"}
            for one in entry["_webSocketMessages"]:
                one["time"] *= 1000
    return har


def playwright_minimal(har: Har) -> Har:
    """Playwright's ``record_har_mode="minimal"``: hardly any times, sizes, cookies."""
    har = playwright(har)
    for entry in _entries(har):
        entry["timings"] = {"send": -1, "wait": -1, "receive": max(entry["time"], 0)}
        for part in (entry["request"], entry["response"]):
            part |= {"cookies": [], "headersSize": -1, "bodySize": -1}
        entry["response"]["content"]["size"] = -1
        for one in entry.get("_webSocketMessages", ()):
            one["time"] = -1
    return har


DIALECTS: dict[str, Callable[[Har], Har]] = {
    "chrome": chrome,
    "chrome, sanitized": chrome_sanitized,
    "chrome over HTTP/2": chrome_over_http2,
    "edge": edge,
    "firefox": firefox,
    "mitmproxy": mitmproxy,
    "playwright": playwright,
    "playwright, minimal": playwright_minimal,
}


def _named(har: Har, name: str, version: str) -> Har:
    har = copy.deepcopy(har)
    har["log"]["creator"] = {"name": name, "version": version}
    return har


def _entries(har: Har) -> list[dict[str, Any]]:
    return har["log"]["entries"]


def _capitals(entry: dict[str, Any]) -> None:
    for part in (entry["request"], entry["response"]):
        part["headers"] = [{**one, "name": one["name"].title()} for one in part["headers"]]

"""The session of `canary_session` as a browser exports it as a HAR."""

from __future__ import annotations

import base64

from tests.support.secrets.canary_session import LATE, PLACES, SOCKET, Asked, calls, headers, received, sent


def har(origin):
    """What a browser would have written of the session."""
    moment = "2026-11-23T05:00:{:02}.000Z".format
    entries = [har_entry(origin, asked, moment(number)) for number, asked in enumerate((*calls(), LATE))]
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "WebInspector", "version": "537.36"},
            "entries": [*entries, _socket(origin)],
        }
    }


def _named(pairs):
    return [{"name": name, "value": value} for name, value in pairs]


def har_entry(origin, asked, moment):
    request = {
        "method": asked.method,
        "url": origin + asked.target,
        "httpVersion": "http/2.0",
        "headers": _named(asked.headers),
        "queryString": [],
        "cookies": [],
        "headersSize": -1,
        "bodySize": len(asked.body),
    }
    if asked.body:
        request["postData"] = {"mimeType": dict(asked.headers).get("content-type", ""), "text": asked.body}
    response = {
        "status": 200,
        "statusText": "",
        "httpVersion": "http/2.0",
        "headers": _named(asked.answer_headers),
        "cookies": [],
        "content": {"size": len(asked.answer), "mimeType": "text/plain", "text": asked.answer},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }
    timings = {"send": 1, "wait": 5, "receive": 1}
    return {
        "startedDateTime": moment,
        "time": 7,
        "request": request,
        "response": response,
        "cache": {},
        "timings": timings,
    }


def _socket(origin):
    asked = Asked("GET", SOCKET, [("connection", "Upgrade"), ("upgrade", "websocket")], "", headers("socket header"))
    entry = har_entry("wss" + origin.removeprefix("https"), asked, "2026-11-23T05:00:20.000Z")
    entry["response"]["status"] = 101
    messages = [("receive", opcode, text) for opcode, text, _ in received()]
    messages += [("send", opcode, text) for opcode, text in sent()]
    entry["_resourceType"] = "websocket"
    entry["_webSocketMessages"] = [
        {
            "type": kind,
            "time": 1795410021.0 + number / 1000,
            "opcode": opcode,
            "data": base64.b64encode(text.encode("latin-1")).decode() if opcode == 2 else text,
        }
        for number, (kind, opcode, text) in enumerate(messages)
    ]
    return entry


ABSENT_FROM_HAR = {spot.name for place in ("server's reason", "client's reason") for spot in PLACES[place]}
"""Browsers keep no close frames in HARs, and do not tell them."""

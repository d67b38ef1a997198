import json
from pathlib import Path

import pytest

from harness.har.importing import import_har
from harness.record.options import RecordingOptions

HARS = sorted((Path(__file__).parents[2] / "data" / "har").glob("*.har"))
ORIGIN = "https://copilot.microsoft.com"
STARTED = "2026-11-23T05:00:00.000Z"
SECONDS = 1795410000.0
"""The same moment, as messages tell it."""


def har(*entries, creator=("WebInspector", "537.36"), **log):
    """A HAR of these entries, as JSON's values."""
    name, version = creator
    return {"log": {"version": "1.2", "creator": {"name": name, "version": version}, "entries": list(entries), **log}}


def entry(url="/c/api/user", *, method="GET", status=200, text="{}", at=STARTED, request=None, response=None, **more):
    """One call; ``request`` and ``response`` change fields of its halves."""
    url = url if ":" in url else ORIGIN + url
    asked = {"method": method, "url": url, "httpVersion": "HTTP/1.1", "headers": [], "cookies": []}
    content = {"size": len(text.encode()), "mimeType": "application/json", "text": text}
    told = {"status": status, "statusText": "", "httpVersion": "HTTP/1.1", "headers": [], "content": content}
    timings = {"blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": 2, "receive": 1}
    return {
        "startedDateTime": at,
        "time": 3,
        "request": {**asked, **(request or {})},
        "response": {**told, **(response or {})},
        "timings": timings,
        **more,
    }


def socket(*messages, url="wss://copilot.microsoft.com/c/api/chat", **more):
    """One WebSocket with these messages; without any, the exporter keeps none."""
    kept = {"_webSocketMessages": list(messages)} if messages else {}
    return entry(url, status=101, text="", **{"_resourceType": "websocket", **kept, **more})


def message(data, kind="receive", *, opcode=1, time=SECONDS + 0.5):
    return {"type": kind, "time": time, "opcode": opcode, "data": data}


GOOD = entry("/good", at="2026-11-23T05:00:09.000Z")
TWO_ENTRIES = json.dumps(har(entry("/a", text="one\ttwo\nthree"), GOOD))
"""The text of a HAR of two sound entries."""


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def bring(tmp_path, state):
    """Import a HAR: JSON's values, the text of a file, or its path."""

    def do(content, **options):
        path = content
        if not isinstance(content, Path):
            path = tmp_path / "session.har"
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            path.write_bytes(data)
        settings = RecordingOptions(state_directory=state)
        return import_har(path, tmp_path / "session.yaml", options=settings, **options)

    return do


@pytest.fixture
def taken(bring):
    """Import entries: the exchanges of the cassette."""
    return lambda *entries, **options: bring(har(*entries), **options).cassette.exchanges


@pytest.fixture
def losses(bring):
    """Import entries: reason -> count."""
    return lambda *entries: {reason.value: count for reason, count in bring(har(*entries)).report.losses.items()}

import asyncio
import base64
import json
import logging
import re
import ssl

import msgspec
import pytest

from fake_server import serve
from harness.browser.capture import NetworkWatcher
from harness.cassette.codec import render
from harness.cassette.store import load
from harness.cli.left_out import lines
from harness.cli.show import as_data, describe, picture
from harness.compare.diff import differences
from harness.compare.mermaid import sequence_diagram
from harness.copilot.reads import copilot_reads
from harness.drift.drift import drift_of
from harness.drift.evidence import SourceRecording
from harness.har.importing import import_har
from harness.proxy.sessions import proxied_recording
from harness.record.leaving_out import expressible
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.services.copilot import COPILOT
from harness.sessions import recording
from harness.view.comparison import comparison_data
from harness.view.document import document
from harness.view.session_data import session_data
from provider.transport.types import Settings
from tests.support.browsers.fake_devtools import FakeDevTools
from tests.support.secrets.canary_devtools import tell_browser
from tests.support.secrets.canary_har import har
from tests.support.secrets.canary_session import Way, service, talk

ORIGIN = "https://copilot.microsoft.com"


def by_relay(path):
    with serve(service()) as upstream, recording(path, upstream.url, profile=COPILOT) as running:
        talk(Way(running.url))
        # What is known to be secret at that moment must not be in the journal either.
        path.with_name("journal").write_bytes(journal_in(path.parent / "state"))


def journal_in(folder):
    """The journal's bytes, and what it spells in base64."""
    raw = b"".join(each.read_bytes() for each in folder.rglob("*.journal"))
    assert raw
    coded = (each for each in re.findall(rb"[A-Za-z0-9+/]{8,}={0,2}", raw) if len(each) % 4 == 0)
    return b"\n".join([raw, *map(base64.b64decode, coded)])


def by_proxy(path):
    with (
        serve(service()) as upstream,
        proxied_recording(path, upstream.url, profile=COPILOT, settings=Settings(trust_environment=False)) as session,
    ):
        talk(Way(ORIGIN, session.proxy_url, ssl.create_default_context(cafile=str(session.ca_file))))


def by_har(path):
    source = path.with_suffix(".har.json")
    source.write_text(json.dumps(har(ORIGIN)))
    try:
        import_har(source, path, options=RecordingOptions(state_directory=path.parent / "state" / "wiretape"))
    finally:
        source.unlink()


def by_browser(path):
    async def watch():
        told = FakeDevTools()
        with Recording(path, COPILOT, by="browser", client="Chromium", origin=ORIGIN) as recording:
            watcher = NetworkWatcher(told, recording, ORIGIN)
            await watcher.start()
            await tell_browser(told, ORIGIN)
            await watcher.finish()
            recording.finish()

    asyncio.run(watch())


SOURCES = {"relay": by_relay, "proxy": by_proxy, "har": by_har, "browser": by_browser}


@pytest.fixture(params=SOURCES)
def source(request):
    """Records the session with all spots, by one of the ways to do so."""
    return request.param


@pytest.fixture
def record(source, tmp_path, monkeypatch, caplog):
    """Records, and gives all that is left of it: by the place where it was seen, in bytes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    caplog.set_level(logging.DEBUG)

    def run():
        path = tmp_path / "canary.yaml"
        SOURCES[source](path)
        return left_of(path) | {"logs": caplog.text.encode(), "state": left_in(tmp_path / "state")}

    return run


def left_in(folder):
    return b"\n".join(each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file())


def left_out_of(cassette):
    """What is said of exchanges that no cassette can say: in the list that the cassette has then, and on stderr."""
    odd = [
        msgspec.structs.replace(each, response=msgspec.structs.replace(each.response, status=150))
        for each in cassette.exchanges
        if each.response is not None
    ]
    rest = expressible(msgspec.structs.replace(cassette, exchanges=tuple(odd)))
    assert len(rest.left_out) == len(odd)
    return render(rest).content + "\n".join(lines(rest.left_out)).encode()


def left_of(path):
    """The bytes of a cassette and its side files; and what its messages and streams say together."""
    cassette = load(path)
    session = [each for each in cassette.exchanges if each.target not in {"/c/api/early", "/c/api/late"}]
    messages = [line for each in session for line in getattr(each, "messages", ())]
    deltas = [json.loads(line.data)["text"] for line in messages if b'"appendText"' in line.data]
    streams = [line.data for each in session if each.response for line in each.response.stream or ()]
    nothing = msgspec.structs.replace(cassette, exchanges=())
    drawn = "\n".join(sequence_diagram(cassette, COPILOT, width=1 << 30, most=1 << 30))
    shown = [line.plain for line in describe(cassette, 1 << 30, full=True)]
    return {
        "show": "\n".join(shown).encode(),
        "show --json": json.dumps(list(as_data(cassette))).encode(),
        "show --mermaid": drawn.encode(),
        "show --mermaid, its codes as characters": re.sub(r"#(\d+);", lambda code: chr(int(code[1])), drawn).encode(),
        "show --perfetto": "\n".join(picture(cassette, 1 << 30, as_trace=True)).encode(),
        "view": document(session_data(cassette, COPILOT, path.name)),
        "view of two": document(comparison_data(nothing, cassette, COPILOT, ("nothing", path.name))),
        "diff": repr(differences(nothing, cassette, COPILOT)).encode(),
        "drift": repr(
            drift_of(
                [SourceRecording(path, cassette, "")],
                [SourceRecording(path / "other", nothing, "")],
                COPILOT,
                copilot_reads(),
            )
        ).encode(),
        "left out": left_out_of(cassette),
        "cassette": path.read_bytes(),
        "side files": left_in(path.with_name(f"{path.name}.files")),
        **{
            part: b"".join(sources)
            for part, sources in {
                "session": [render(msgspec.structs.replace(cassette, exchanges=tuple(session))).content],
                "deltas": [text.encode("latin-1", "replace") for text in deltas],
                "sent": [line.data for line in messages if line.direction == ">"],
                "binary": [line.data for line in messages if line.kind == "binary"],
                "streams": streams,
            }.items()
        },
    }

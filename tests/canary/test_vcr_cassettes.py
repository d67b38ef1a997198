"""The marked secrets in a cassette of vcrpy: none is left by an import, and each would be found in the file itself."""

import json

import pytest
import yaml

from harness.cassette.model import SocketExchange
from harness.har.importing import import_har
from harness.record.options import RecordingOptions
from harness.services.copilot import COPILOT
from tests.canary.conftest import ORIGIN, left_in, left_of
from tests.support.secrets.canary_session import LATE, calls
from tests.support.secrets.canary_spots import found_in


def _listed(pairs):
    names = dict.fromkeys(name for name, _ in pairs)
    return {name: [value for other, value in pairs if other == name] for name in names}


def interactions():
    return [
        {
            "request": {
                "method": asked.method,
                "uri": ORIGIN + asked.target,
                "headers": _listed(asked.headers),
                "body": asked.body or None,
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": _listed(asked.answer_headers),
                "body": {"string": asked.answer},
            },
        }
        for asked in (*calls(), LATE)
    ]


def _typed(text):
    return {"type": "text", "content": text} if text else {"type": "none"}


def of_cassetter():
    """The same as cassetter writes it, and once more as the messages of a socket."""
    told = interactions()
    for one, asked in zip(told, (*calls(), LATE), strict=True):
        one["request"]["body"], one["response"]["body"] = _typed(asked.body), _typed(asked.answer)
        one["response"]["status"] = 200
    frames = [
        {"direction": direction, "frame_type": "text", "body": one[part]["body"], "offset_ms": number}
        for number, one in enumerate(told)
        for direction, part in (("send", "request"), ("recv", "response"))
    ]
    socket = {
        "uri": ORIGIN.replace("http", "ws", 1) + "/socket",
        "headers": {},
        "frames": frames,
        "recorded_at": "2026-12-02T18:56:47+00:00",
    }
    return {"version": 1, "interactions": told, "ws_interactions": [socket]}


def test_no_secret_of_a_cassette_of_cassetter_is_left(tmp_path, caplog):
    source, path, state = tmp_path / "old", tmp_path / "canary.yaml", tmp_path / "state"
    source.write_text(yaml.safe_dump(of_cassetter(), allow_unicode=True))
    done = import_har(source, path, profile=COPILOT, options=RecordingOptions(state_directory=state))
    assert len(found_in(json.dumps(of_cassetter()).encode())) > 50
    assert [exchange.target for exchange in done.cassette.exchanges if isinstance(exchange, SocketExchange)] == [
        "/socket"
    ]
    told = {"report": (done.report.text() + repr(done.report.plain())).encode(), "logs": caplog.text.encode()}
    outputs = left_of(path) | told | {"state": left_in(state)}
    assert {where: names for where, text in outputs.items() if (names := found_in(text))} == {}


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump], ids=["json", "yaml"])
def test_no_secret_of_a_cassette_of_vcrpy_is_left(write, tmp_path, caplog):
    source, path, state = tmp_path / "old", tmp_path / "canary.yaml", tmp_path / "state"
    source.write_text(write({"interactions": interactions(), "version": 1}))
    planted = found_in(json.dumps({"interactions": interactions()}).encode())
    assert len(planted) > 50
    done = import_har(source, path, profile=COPILOT, options=RecordingOptions(state_directory=state))
    told = {"report": (done.report.text() + repr(done.report.plain())).encode(), "logs": caplog.text.encode()}
    outputs = left_of(path) | told | {"state": left_in(state)}
    assert {where: names for where, text in outputs.items() if (names := found_in(text))} == {}


def test_no_error_of_a_damaged_cassette_shows_what_stands_there(tmp_path, caplog):
    texts = [write({"interactions": interactions()}) for write in (json.dumps, yaml.safe_dump)]
    errors = []
    for number, text in enumerate(texts):
        source = tmp_path / f"old{number}"
        source.write_text(text[: len(text) // 2] + "\n'\"{[")
        with pytest.raises(Exception, match=r"the file.s JSON is broken|not valid YAML") as caught:
            import_har(source, tmp_path / "new.yaml", options=RecordingOptions(state_directory=tmp_path / "state"))
        errors.append(f"{caught.value} {caught.value!r} {caught.value.__cause__!r}")
    assert found_in(("\n".join(errors) + caplog.text).encode()) == set()

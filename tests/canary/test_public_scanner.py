"""detect-secrets, a scanner that many repositories run: silent on our recordings, loud on a planted secret."""

import json
import subprocess
import sys

import pytest

from harness.cassette.model import Body, Call, Cassette, Recorded, ResponsePart
from harness.cassette.store import save
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT
from tests.support.project.tree import ROOT
from tests.support.secrets.canary_spots import OWN, core_of

PNG = r"^\s*base64: \"?iVBORw0KGgo"
"""A picture, as the body of a cassette: any picture is a high-entropy text."""


OURS = ("cassettes", "tests/data/real_clients", "examples")


def is_cassette(path):
    return path.read_bytes().startswith(b"cassette:")


def scanned(*paths, within=ROOT):
    command = [sys.executable, "-m", "detect_secrets", "scan", "--all-files", "--exclude-lines", PNG, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd=within)
    return json.loads(done.stdout)["results"]


def cassette(*texts):
    calls = (
        Call(method="GET", target="/", at=at, response=ResponsePart(status=200, body=Body(data=text.encode())))
        for at, text in enumerate(texts)
    )
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"), exchanges=tuple(calls))


def test_scanner_is_silent_on_our_cassettes():
    ours = [path for folder in OURS for path in sorted((ROOT / folder).rglob("*.yaml")) if is_cassette(path)]
    assert len(ours) > 50
    assert scanned(*(path.relative_to(ROOT) for path in ours)) == {}


@pytest.mark.parametrize("spot", ["field access_token", "field ACCESS_TOKEN", "JWT", "field in a received message"])
def test_scanner_is_loud_on_a_planted_secret_and_silent_on_its_placeholder(tmp_path, spot):
    text = OWN[spot][1](core_of(spot) + core_of("more"))
    save(cassette(text), tmp_path / "planted.yaml")
    save(redact_cassette(Redactor(COPILOT), cassette(text)), tmp_path / "redacted.yaml")
    assert list(scanned("planted.yaml", "redacted.yaml", within=tmp_path)) == ["planted.yaml"]

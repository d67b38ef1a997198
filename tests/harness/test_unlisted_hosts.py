"""A recording names the hosts to which responses lead and which it does not have."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.cassette.model import Body, Call, Cassette, Recorded, ResponsePart
from harness.cli.main import main
from harness.record.unlisted import unlisted_hosts
from tests.harness.test_several_upstreams import three_services


def test_a_recording_names_the_hosts_that_it_does_not_have(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    client = "import os, urllib.request as u; u.urlopen(os.environ['WIRETAPE_URL'] + '/start?key=hidden').read()"
    with three_services() as services:
        gateway = services.upstreams["gateway"]
        options = ["--upstream", services.api, "--", sys.executable, "-c", client]
        assert main(["record", "-o", str(tmp_path / "bare.yaml"), *options]) == 0
        told = " ".join(capfd.readouterr().err.split())
        listed = ["--upstream", f"gateway={gateway}", *options]
        assert main(["record", "-o", str(tmp_path / "listed.yaml"), *listed]) == 0
    expected = f"the response to GET /start leads to {gateway}, which this recording does not have"
    assert f"{expected}: add --upstream NAME={gateway}" in told
    assert "hidden" not in told
    assert "leads to" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((("location", "https://other.example/next"),), b"", ["https://other.example"]),
        ((("location", "/next"),), b"", []),
        ((("location", "https://api.example:443/next"),), b"", []),
        ((), b'{"url": "wss:\\/\\/socket.example:8443\\/x"}', ["wss://socket.example:8443"]),
        ((), b'{"url": "wss://api.example/x", "page": "https://pages.example/"}', []),
        ((), b"ws://a.example wss://known.example ws://a.example/2", ["ws://a.example"]),
    ],
)
def test_redirects_and_urls_of_sockets_lead_a_client_to_a_host(
    headers: tuple[tuple[str, str], ...], body: bytes, expected: list[str]
) -> None:
    response = ResponsePart(status=302, headers=headers, body=Body(data=body))
    recorded = Recorded(at="2026-12-02T00:00:00Z", by="relay", origin="https://api.example")
    cassette = Cassette(recorded=recorded, exchanges=(Call(method="GET", target="/a?b", response=response),))
    found = unlisted_hosts(cassette, ["https://known.example"])
    assert [each.partition(" leads to ")[2].partition(",")[0] for each in found] == expected
    assert all(each.startswith("the response to GET /a leads to ") for each in found)

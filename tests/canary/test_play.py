"""What ``wiretape play`` prints and writes holds no secret: neither a given one nor one that the service issues."""

import json

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import save
from harness.cli.main import main
from tests.support.cassettes.builders import call, cassette
from tests.support.secrets.canary_spots import core_of
from tests.support.servers.stages import StageOf

GIVEN, ISSUED = f"sk-live-{core_of('given to play')}", core_of("issued to a played client")
JSON = ("content-type", "application/json")


@pytest.mark.parametrize("options", [(), ("--json",), ("--values",), ("--values", "--json")])
def test_no_output_shows_a_secret(options, tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("THE_KEY", GIVEN)
    exchanges = [
        call("POST /login", b'{"password":"wiretape-token-1"}', headers=(JSON,), answer=b'{"access_token":"wiretape-token-2","word":"a"}'),
        call("GET /me?key=wiretape-token-2", headers=(("authorization", "Bearer wiretape-token-2"),), at=2000),
    ]  # fmt: skip
    got = []

    async def handle(request):
        got.append((request.target, request.body, request.header("authorization")))
        echo = {"access_token": ISSUED, "word": GIVEN, GIVEN: {"a": ISSUED}, "said": f"your key is {GIVEN}, {ISSUED}"}
        headers = (JSON, ("x-echo", GIVEN), ("set-cookie", f"sid={ISSUED}"))
        return Response(status=203, reason=GIVEN, headers=headers, body=json.dumps(echo).encode())

    path, fresh = tmp_path / "session.yaml", tmp_path / "fresh.yaml"
    save(cassette(*exchanges), path)
    with serve(StageOf(handle)) as server:
        main(["play", str(path), "--to", server.url, "--secret", "token-1=THE_KEY", "-o", str(fresh), *options])
    captured = capfd.readouterr()
    assert got[1] == (f"/me?key={ISSUED}", b"", f"Bearer {ISSUED}")
    assert "now 203" in captured.out
    text = captured.out + captured.err + fresh.read_text()
    assert GIVEN not in text
    assert ISSUED not in text

"""What ``wiretape load`` prints and writes holds no secret: its figures name exchanges as they were recorded."""

import json

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import save
from harness.cli.main import main
from tests.support.cassettes.builders import call, cassette
from tests.support.secrets.canary_spots import core_of
from tests.support.servers.stages import StageOf

GIVEN, ISSUED = f"sk-live-{core_of('given to load')}", core_of("issued to a loading client")
JSON = ("content-type", "application/json")


def test_no_report_shows_a_secret(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("THE_KEY", GIVEN)
    exchanges = [
        call("POST /login", b'{"password":"wiretape-token-1"}', headers=(JSON,), answer=b'{"access_token":"wiretape-token-2"}'),
        call("GET /rooms/wiretape-token-2?key=wiretape-token-2", at=2000),
    ]  # fmt: skip
    got = []

    async def handle(request):
        got.append(request.target)
        status = 200 if request.target == "/login" else 403
        body = json.dumps({"access_token": ISSUED, GIVEN: ISSUED}).encode()
        return Response(status=status, reason=GIVEN, headers=(JSON, ("x-echo", GIVEN)), body=body)

    path, page = tmp_path / "session.yaml", tmp_path / "load.html"
    save(cassette(*exchanges), path)
    options = ("--users", "1", "--passes", "1", "--secret", "token-1=THE_KEY", "--html", str(page))
    with serve(StageOf(handle)) as server:
        assert main(["load", str(path), "--to", server.url, *options]) == 1
        assert main(["load", str(path), "--to", server.url, *options, "--json"]) == 1
    captured = capfd.readouterr()
    assert got[1] == f"/rooms/{ISSUED}?key={ISSUED}"
    assert "status 403 instead of 200" in captured.out
    text = captured.out + captured.err + page.read_text()
    assert GIVEN not in text
    assert ISSUED not in text

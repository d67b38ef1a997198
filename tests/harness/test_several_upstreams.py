"""Sessions whose REST service names other hosts: a socket's gateway, an upload's store."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.sync.client import connect

from fake_server import serve
from fake_server.stage import Accept, Answer, Request, Response, Socket
from harness.cassette.model import Call
from harness.cassette.store import load
from harness.cli.main import main
from harness.services.neutral import NEUTRAL
from harness.sessions import recording, replaying
from provider.websocket import Ended, Message, Opcode


@dataclass
class Service:
    """A stage that answers by a function, and notes the requests."""

    answer: Callable[[Request], Answer]
    asked: list[Request] = field(default_factory=list[Request])

    async def handle(self, request: Request) -> Answer:
        self.asked.append(request)
        return self.answer(request)

    async def close(self) -> None: ...


async def _echo(socket: Socket) -> None:
    while not isinstance(got := await socket.receive(), Ended):
        said = json.loads(got.data)
        reply = {"got": said["n"], "file": said["store"] + "/files/7"}
        await socket.send(Message(Opcode.TEXT, json.dumps(reply).encode()))


def _json(value: object, *headers: tuple[str, str]) -> Response:
    return Response(headers=(("content-type", "application/json"), *headers), body=json.dumps(value).encode())


@dataclass
class Services:
    """A REST service, and what it names: a gateway and a store, each on a port of its own."""

    api: str
    upstreams: Mapping[str, str]
    asked: Mapping[str, list[Request]]


@contextmanager
def three_services() -> Generator[Services]:
    gateway = Service(lambda request: Accept(run=_echo))
    store = Service(lambda request: _json({"size": len(request.body), "back": request.header("x-return-to") or ""}))
    with serve(gateway) as g, serve(store) as s:

        def start(request: Request) -> Answer:
            escaped = s.url.replace("/", "\\/")
            body = f'{{"gateway": "{g.ws_url}/live?v=1", "upload": "{s.url}/put/7", "again": "{escaped}\\/put\\/8"}}'
            link = f'<{s.url}/next>; rel="next"'
            return Response(headers=(("content-type", "application/json"), ("link", link)), body=body.encode())

        api = Service(start)
        with serve(api) as a:
            named = {"gateway": g.ws_url, "store": s.url}
            yield Services(a.url, named, {"api": api.asked, "gateway": gateway.asked, "store": store.asked})


def _get(url: str, data: bytes | None = None) -> tuple[object, Mapping[str, str]]:
    request = urllib.request.Request(url, data=data, method="GET" if data is None else "PUT")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read()), dict(answer.headers)


def _session(url: str) -> list[object]:
    """Ask for the URLs, talk on the socket, upload to the store; the URLs that the client found, and the replies."""
    found, headers = _get(f"{url}/start")
    assert isinstance(found, dict)
    store = found["upload"].removesuffix("/put/7")
    with connect(found["gateway"]) as socket:
        socket.send(json.dumps({"n": 1, "store": store}))
        said = json.loads(socket.recv(timeout=10))
    return [found, headers["link"], said, _get(found["upload"], b"12345")[0], _get(found["again"], b"1")[0]]


def _local(value: object, urls: Mapping[str, str]) -> object:
    text = json.dumps(value)
    for name, url in urls.items():
        text = text.replace(url.partition("://")[2], name)
    return json.loads(text)


def test_urls_of_further_upstreams_lead_to_their_ports_when_recorded_and_when_replayed(tmp_path: Path) -> None:
    path = tmp_path / "several.yaml"
    with three_services() as services:
        with recording(path, services.api, profile=NEUTRAL, upstreams=services.upstreams) as running:
            recorded = _session(running.url)
            local = running.upstreams
        asked = {name: [each.target for each in requests] for name, requests in services.asked.items()}
        hosts = {name: requests[-1].header("host") for name, requests in services.asked.items()}
    assert asked == {"api": ["/.wiretape", "/start"], "gateway": ["/live?v=1"], "store": ["/put/7", "/put/8"]}
    real = {name: url.partition("://")[2] for name, url in services.upstreams.items()}
    assert hosts == {"api": services.api.removeprefix("http://"), **real}
    kept = load(path)
    assert kept.recorded.upstreams == {name: f"http://{host}" for name, host in real.items()}
    targets = [(type(each) is Call, each.target) for each in kept.exchanges]
    assert targets == [
        (True, "/start"),
        (False, f"http://{real['gateway']}/live?v=1"),
        (True, f"http://{real['store']}/put/7"),
        (True, f"http://{real['store']}/put/8"),
    ]
    text = path.read_text()
    assert not [url for url in (running.url, *local.values()) if url.partition("://")[2] in text]
    assert f"http://{real['store']}/files/7" in text
    with replaying(path, profile=NEUTRAL) as player:
        replayed = _session(player.url)
        report = player.report()
        places = player.upstreams
    assert report.ok, report.text()
    assert _local(replayed, places) == _local(recorded, local)
    assert "gateway/live" in json.dumps(_local(replayed, places))


def test_the_address_of_the_main_upstream_stays_its_own_at_a_further_port(tmp_path: Path) -> None:
    with three_services() as services:
        with recording(tmp_path / "main.yaml", services.api, profile=NEUTRAL, upstreams=services.upstreams) as running:
            request = urllib.request.Request(running.upstreams["store"] + "/put/9", data=b"", method="PUT")
            request.add_header("x-return-to", f"{running.url}/back")
            with urllib.request.urlopen(request, timeout=10) as answer:
                body = json.loads(answer.read())
        # The store saw the main upstream's own origin, and its response leads back to the main port.
        assert services.asked["store"][0].header("x-return-to") == f"{services.api}/back"
        assert body == {"size": 0, "back": f"{running.url}/back"}


CLIENT = """
import json, os, urllib.request
from websockets.sync.client import connect

def get(url, data=None):
    return json.loads(urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10).read())

found = get(os.environ["WIRETAPE_URL"] + "/start")
assert found["gateway"].startswith(os.environ["WIRETAPE_WS_URL_GATEWAY"] + "/"), found
assert found["upload"].startswith(os.environ["WIRETAPE_URL_STORE"] + "/"), found
with connect(found["gateway"]) as socket:
    socket.send(json.dumps({"n": 3, "store": os.environ["WIRETAPE_URL_STORE"]}))
    print(json.loads(socket.recv(timeout=10))["got"], get(found["upload"], b"123")["size"])
"""


@pytest.mark.parametrize("first", ["", "api="])
def test_the_command_line_records_several_upstreams_and_replays_them(
    first: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, command = str(tmp_path / "cli.yaml"), ["--", sys.executable, "-c", CLIENT]
    with three_services() as services:
        named = [f"{name}={url}" for name, url in services.upstreams.items()]
        options = [word for each in (f"{first}{services.api}", *named) for word in ("--upstream", each)]
        assert main(["record", "-o", path, *options, *command]) == 0
    recorded = capfd.readouterr()
    assert recorded.out.splitlines() == ["3 3"]
    assert f"gateway: {services.upstreams['gateway']} at http://127.0.0.1:" in recorded.err
    assert main(["replay", path, *command]) == 0
    replayed = capfd.readouterr()
    assert (replayed.out.splitlines(), "replayed 3 of 3 exchanges" in replayed.err) == (["3 3"], True)


PROFILE = """
[services.shop]
upstreams = {api = "%s", gateway = "%s", store = "%s"}
env = {SHOP_URL = "{url:api}/v1", STORE_BASE = "{url:store}", GATE_HOST = "{host:gateway}", GATE_URL = "{ws_url:gateway}/x"}
"""
OF_PROFILE = """
url, gate = os.environ["WIRETAPE_URL"], os.environ["WIRETAPE_URL_GATEWAY"]
host = gate.partition("://")[2]
assert os.environ["SHOP_URL"] == url + "/v1"
assert os.environ["STORE_BASE"] == os.environ["WIRETAPE_URL_STORE"]
assert (os.environ["GATE_HOST"], os.environ["GATE_URL"]) == (host, f"ws://{host}/x")
"""


def test_a_profile_names_the_upstreams_of_a_session(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["--", sys.executable, "-c", CLIENT + OF_PROFILE]
    with three_services() as services:
        real = (services.api, *services.upstreams.values())
        (tmp_path / "wiretape.toml").write_text(PROFILE % real)
        assert main(["record", "-o", "named.yaml", *command]) == 0
        # A name on the command line replaces that of the profile: here all of them stand at other hosts.
        (tmp_path / "wiretape.toml").write_text(PROFILE % ("http://a.example", "ws://g.example", "http://s.example"))
        names = zip(("api", "gateway", "store"), real, strict=True)
        options = [word for name, url in names for word in ("--upstream", f"{name}={url}")]
        assert main(["record", "-o", "replaced.yaml", *options, *command]) == 0
        capfd.readouterr()
        assert main(["record", "-o", "absent.yaml", "--upstream", f"api={services.api}", *command]) == 1
    assert "gateway: http://g.example at http://127.0.0.1:" in capfd.readouterr().err
    for path in ("named.yaml", "replaced.yaml"):
        recorded = load(tmp_path / path).recorded
        assert (recorded.origin, list(recorded.upstreams)) == (services.api, ["gateway", "store"])
        assert main(["replay", path, "--profile", "shop", *command]) == 0
        assert "replayed 3 of 3 exchanges" in capfd.readouterr().err


PROXIED = """
import json, os, sys, urllib.request
from urllib.parse import urlsplit
from websockets.sync.client import connect

def get(url, data=None):
    return json.loads(urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=10).read())

found = get(sys.argv[1] + "/start")
store = found["upload"].removesuffix("/put/7")
assert store == sys.argv[2], found
with connect(found["gateway"]) as socket:
    socket.send(json.dumps({"n": 3, "store": store}))
    said = json.loads(socket.recv(timeout=10))
assert said["file"] == store + "/files/7", said
print(said["got"], get(found["upload"], b"123")["size"])
"""


def test_the_proxy_records_several_upstreams_under_their_own_urls(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "proxied.yaml")
    with three_services() as services:
        command = ["--proxy", "--", sys.executable, "-c", PROXIED, services.api, services.upstreams["store"]]
        named = [f"{name}={url}" for name, url in services.upstreams.items()]
        options = [word for each in (services.api, *named) for word in ("--upstream", each)]
        assert main(["record", "-o", path, *options, *command]) == 0, capfd.readouterr().err
        assert [each.target for each in services.asked["store"]] == ["/put/7"]
    assert capfd.readouterr().out.splitlines() == ["3 3"]
    origins = {name: url.replace("ws:", "http:") for name, url in services.upstreams.items()}
    assert load(Path(path)).recorded.upstreams == origins
    targets = [each.target for each in load(Path(path)).exchanges]
    assert targets == ["/start", f"{origins['gateway']}/live?v=1", f"{origins['store']}/put/7"]
    assert main(["replay", path, *command]) == 0
    replayed = capfd.readouterr()
    assert (replayed.out.splitlines(), "replayed 3 of 3 exchanges" in replayed.err) == (["3 3"], True)


def test_a_negotiation_that_leads_to_another_host_is_recorded_and_replayed(tmp_path: Path) -> None:
    """As SignalR does: POST to the application, POST to the service that it names, a socket there."""

    def hub(request: Request) -> Answer:
        if request.upgrade:
            return Accept(run=_echo)
        return _json({"connectionId": "c1", "availableTransports": [{"transport": "WebSockets"}]})

    def session(url: str) -> tuple[object, str]:
        found, _ = _get(f"{url}/hub/negotiate", b"")
        assert isinstance(found, dict)
        base, _, query = found["url"].partition("?")
        there, _ = _get(f"{base}negotiate?{query}", b"")
        with connect(f"ws{base.removeprefix('http')}?{query}&id=c1") as socket:
            socket.send(json.dumps({"n": 1, "store": ""}))
            return there, str(socket.recv(timeout=10))

    path = tmp_path / "negotiated.yaml"
    with serve(Service(hub)) as far:
        answer = _json({"url": f"{far.url}/client/?hub=chat", "accessToken": "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0"})
        with (
            serve(Service(lambda _: answer)) as near,
            recording(path, near.url, profile=NEUTRAL, upstreams={"hub": far.url}) as running,
        ):
            recorded = session(running.url)
    assert "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0" not in path.read_text()
    with replaying(path, profile=NEUTRAL) as player:
        assert session(player.url) == recorded
        report = player.report()
    assert (report.ok, report.played) == (True, 3), report.text()

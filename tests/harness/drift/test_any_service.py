"""``wiretape drift``, and the comparison of `--record-mode=verify`, for a service that is not Copilot."""

import json

import aiohttp
import pytest

from fake_server import serve
from fake_server.stage import Accept, Response
from harness.cassette.store import load
from harness.cli.main import main
from harness.compare.verify import compare
from harness.services.choice import service_for
from harness.sessions import recording
from provider.websocket import Message, Opcode
from tests.support.servers.stages import StageOf

ITEM = {"id": 7, "name": "pen", "price": 3}
TOLD = {"type": "price", "of": 7, "price": 4}


def shop(item, told, status=200):
    async def run(socket):
        await socket.receive()
        await socket.send(Message(Opcode.TEXT, json.dumps(told).encode()))
        await socket.close(1000, "")

    async def handle(request):
        if request.upgrade:
            return Accept(run=run)
        return Response(status=status, headers=(("content-type", "application/json"),), body=json.dumps(item).encode())

    return StageOf(handle)


async def ask(url):
    async with aiohttp.ClientSession(url) as http:
        async with http.get("/items/7") as response:
            await response.read()
        async with http.ws_connect("/prices") as socket:
            await socket.send_json({"type": "watch", "of": 7})
            async for _ in socket:
                pass


@pytest.fixture
async def session(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()

    async def record(name, item=None, told=None, status=200):
        path = tmp_path / name
        with serve(shop(item or ITEM, told or TOLD, status)) as upstream, recording(path, upstream.url) as running:
            await ask(running.url)
        return path

    return record


def graded(capfd, fresh, known, *options):
    code = main(["drift", str(fresh), "--against", str(known), "--json", *options])
    out = capfd.readouterr().out
    return code, [(each["grade"], each["kind"], each["what"], each["field"]) for each in json.loads(out)["findings"]]


async def test_the_same_service_has_not_drifted(session, capfd):
    known, fresh = await session("known.yaml"), await session("fresh.yaml")
    assert graded(capfd, fresh, known) == (0, [])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"item": {"id": 7, "price": 3}}, [("breaking", "field-gone", "answer 200", "name")]),
        ({"item": ITEM | {"id": "7"}}, [("breaking", "type-changed", "answer 200", "id")]),
        ({"item": ITEM | {"size": 1}}, [("new", "field-new", "answer 200", "size")]),
        ({"told": {"type": "price", "of": 7}}, [("breaking", "field-gone", "< price", "price")]),
        ({"told": {"type": "other"}}, [("new", "event-new", "< other", "")]),
        ({"status": 404}, [("breaking", "status-changed", "answer 404", "")]),
    ],
)
async def test_a_change_is_graded_by_what_the_older_recording_has(session, capfd, changed, expected):
    known, fresh = await session("known.yaml"), await session("fresh.yaml", **changed)
    code, found = graded(capfd, fresh, known)
    assert found == expected
    assert code == (1 if expected[0][0] == "breaking" else 0)


async def test_values_are_not_printed(session, capfd):
    known = await session("known.yaml")
    fresh = await session("fresh.yaml", item=ITEM | {"status": "canary", "name": 5})
    assert main(["drift", str(fresh), "--against", str(known)]) == 1
    told = "".join(capfd.readouterr())
    assert "status" in told
    assert "canary" not in told


@pytest.mark.parametrize("options", [["--live", "--yes-live"], ["--against", "fake"]])
async def test_what_is_for_copilot_alone_is_refused(session, capfd, options):
    fresh = await session("fresh.yaml")
    assert main(["drift", str(fresh), *options]) == 2
    assert "--live and --against fake are for Copilot; these are recordings of neutral" in capfd.readouterr().err


async def test_verify_compares_the_shapes_of_any_service(session):
    known, same = load(await session("known.yaml")), load(await session("same.yaml"))
    profile = service_for(known.recorded.origin)
    assert profile.name == "neutral"
    assert compare(known, same, profile).differences == ()
    changed = compare(known, load(await session("fresh.yaml", told={"type": "price", "of": "x"})), profile)
    assert not changed.ok
    assert "< price" in changed.text()

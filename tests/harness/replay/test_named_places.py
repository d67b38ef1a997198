"""Places that a user names, on real sockets: what is recorded is played to a client that says another word there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fake_server import serve
from fake_server.stage import Accept, Response
from harness.match.named_places import NamedPlace
from harness.profile import ServiceProfile
from harness.replay.rules import DEFAULT_MATCH_ON, PlayRules
from harness.sessions import recording, replaying
from provider.websocket import Message
from tests.support.servers.stages import StageOf

PROFILE = ServiceProfile(name="plain", upstream="https://plain.test")
WITH_HEADERS = (*DEFAULT_MATCH_ON, "headers")


def get(target="/a", **headers):
    return lambda url, word: fetch(
        url, target.replace("WORD", word), {k: v.replace("WORD", word) for k, v in headers.items()}
    )


def post(kind, body):
    """Kind and body, in which WORD stands for what differs."""
    return lambda url, word: fetch(
        url, "/a", {"content-type": kind.replace("WORD", word)}, body.replace("WORD", word).encode()
    )


def say(message):
    def talk(url, word):
        with connect(url.replace("http", "ws", 1) + "/chat", open_timeout=5, close_timeout=5, proxy=None) as client:
            client.send(message.replace("WORD", word))
            try:
                return client.recv(timeout=5)
            except ConnectionClosed as error:
                return error.rcvd.code

    return talk


def fetch(url, target, headers, data=None):
    request = urllib.request.Request(url + target, headers=headers, data=data)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def parts(*each):
    """A form of parts; the boundary is another one in each run."""
    blocks = "".join(f"--bWORD\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n" for head, body in each)
    return post("multipart/form-data; boundary=bWORD", f"{blocks}--bWORD--\r\n")


ASKS = {
    "query.t": get("/a?t=WORD&u=1"),
    "query.f": get("/a?f=%7B%22x%22%3A%22WORD%22%7D"),
    "header.range": get(range="bytes=WORD-9"),
    "header.If-None-Match": get(**{"if-none-match": '"WORD"'}),
    "form.nonce": post("application/x-www-form-urlencoded", "a=1&nonce=WORD"),
    "form.a": parts(('name="a"', "WORD"), ('name="b"', "1")),
    "form.meta": parts(('name="meta"', '{"x": "WORD", "y": [1, "WORD"]}'), ('name="b"', "1")),
    "form.file": parts(('name="file"; filename="WORD.txt"', "one\r\nWORD"), ('name="b"', "1")),
    "json.meta.x": parts(('name="meta"', '{"x": "WORD", "y": 1}')),
    "json.id": post("application/json", '{"id": "WORD", "a": 1}'),
    "json.user": post("application/json", '{"user": {"name": "WORD", "tags": ["WORD"]}, "a": 1}'),
    "json.items[*].id": post("application/json", '{"items": [{"id": "WORD1"}, {"id": "WORD2"}]}'),
    "json[*].id": post("application/json", '[{"id": "WORD1", "a": 1}, {"id": "WORD2"}]'),
    "json[1].id": post("application/x-ndjson", '{"id": 1}\n{"id": "WORD"}\n'),
    "json[*].at": post("application/x-ndjson", '{"at": "WORD", "a": 1}\n{"at": "WORD"}\n'),
    "path[0]": get("/WORD/b"),
    "path[2]": get("/a/b/WORD/d"),
    "message.id": say('{"id": "WORD", "text": "hello"}'),
    "message.to.id": say('{"to": {"id": "WORD"}, "text": "hello"}'),
    "message[1].id": say('42["event",{"id":"WORD","text":"hello"}]'),
    "message.arguments[0]": say('{"arguments": ["WORD", "hello"]}\x1e'),
}


@pytest.fixture(scope="module")
def service():
    async def handle(request):
        if request.upgrade:

            async def run(socket):
                message = await socket.receive()
                await socket.send(Message(message.opcode, b"heard"))
                await socket.close(1000)

            return Accept(run=run)
        return Response(body=b"answer")

    with serve(StageOf(handle)) as server:
        yield server


@pytest.fixture
def played(service, tmp_path):
    """Records with one word, and plays to a client that says another."""

    def play(ask, rules, *, words=("alice", "robin")):
        path = tmp_path / "a.yaml"
        with recording(path, service.url, profile=PROFILE) as running:
            first = ask(running.url, words[0])
        with replaying(path, profile=PROFILE, rules=rules, deadline=2) as running:
            second = ask(running.url, words[1])
            return first, second, running.report()

    return play


def rules(name="ignore", *places, **more):
    return PlayRules(**{name: tuple(NamedPlace.parse(each, name) for each in places)}, **more)


@pytest.mark.parametrize("place", ASKS)
def test_ignored_place_may_hold_anything(played, place):
    first, second, report = played(ASKS[place], rules("ignore", place))
    assert second == first == ("heard" if place.startswith("message") else "answer")
    assert report.ok, report.text()
    assert report.relaxed == (f"--ignore {place}",)


@pytest.mark.parametrize("place", ASKS)
def test_without_the_option_it_is_a_mismatch(played, place):
    *_, report = played(ASKS[place], PlayRules())
    assert not report.ok


@pytest.mark.parametrize(
    "place",
    [
        "query.t",
        "form.nonce",
        "form.a",
        "json.id",
        "json.items[*].id",
        "json[*].at",
        "path[2]",
        "message.id",
        "message[1].id",
    ],
)
def test_bound_place_may_hold_anything_of_its_type(played, place):
    first, second, report = played(ASKS[place], rules("bind", place))
    assert second == first
    assert report.ok, report.text()


@pytest.mark.parametrize("place", ["query.t", "json.id", "form.a", "message.id", "path[1]"])
def test_place_says_nothing_of_others(played, place):
    ask = post("application/json", '{"other": "WORD", "id": 1}')
    *_, report = played(ask, rules("ignore", place))
    assert [each.kind for each in report.failures][:1] == ["no-match"]


def test_field_of_a_dotted_name_is_another_field(played):
    ask = post("application/x-www-form-urlencoded", "user=1&user.name=WORD")
    assert not played(ask, rules("ignore", "form.user"))[2].ok
    assert played(ask, rules("ignore", "form.user.name"))[2].ok


def test_other_header_counts_where_headers_do(played):
    ask = get(**{"x-id": "WORD", "x-kind": "plain"})
    assert not played(ask, PlayRules(match_on=WITH_HEADERS))[2].ok
    assert played(ask, rules("ignore", "header.X-Id", match_on=WITH_HEADERS))[2].ok
    assert not played(get(**{"x-kind": "WORD"}), rules("ignore", "header.x-id", match_on=WITH_HEADERS))[2].ok


def test_scheme_of_credentials_may_be_ignored(played):
    ask = get(authorization="WORD 4711aaaabbbb")
    assert not played(ask, PlayRules())[2].ok
    assert played(ask, rules("ignore", "header.authorization"))[2].ok


def test_ignored_preference_chooses_nothing(service, tmp_path):
    path = tmp_path / "a.yaml"
    languages = [{"accept-language": each} for each in ("de", "fr")]
    with recording(path, service.url, profile=PROFILE) as running:
        for each in languages:
            fetch(running.url, "/a", each)
    with replaying(path, profile=PROFILE, rules=rules("ignore", "header.accept-language")) as running:
        for _ in languages:
            fetch(running.url, "/a", {"accept-language": "it"})
        assert running.report().ok
        assert running.report().notes == ()


def test_bound_value_is_what_the_answer_says(tmp_path):
    async def echo(request):
        return Response(body=json.dumps({"said": json.loads(request.body)["id"]}).encode())

    ask = post("application/json", '{"id": "WORD"}')
    with serve(StageOf(echo)) as server, recording(tmp_path / "a.yaml", server.url, profile=PROFILE) as running:
        ask(running.url, "alice-in-chains")
    with replaying(tmp_path / "a.yaml", profile=PROFILE, rules=rules("bind", "json.id")) as running:
        assert ask(running.url, "robin-of-loxley") == '{"said": "robin-of-loxley"}'

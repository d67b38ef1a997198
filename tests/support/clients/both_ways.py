"""One request recorded through the relay, and another one played from what was recorded."""

from __future__ import annotations

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.profile import ServiceProfile
from harness.sessions import recording, replaying
from tests.support.servers.stages import StageOf

PROFILE = ServiceProfile(name="test", upstream="", secret_fields={"accessToken": "token"})


def counting():
    """Answers with how many bytes of a body came, and keeps the requests."""

    async def handle(request):
        return Response(body=b"%d" % len(request.body))

    return StageOf(handle)


def record_and_play(path, first, second):
    """What the service got, the cassette, the two answers, the report of the replay.

    Args:
        path: Of the cassette.
        first: Sends a request to the origin that it is given.
        second: As above; by what was recorded.
    """
    stage = counting()
    with serve(stage) as service, recording(path, service.url, profile=PROFILE) as relay:
        one = first(relay.url)
    with replaying(path, profile=PROFILE) as player:
        other = second(player.url)
        report = player.report()
    return stage.requests[-1], load(path), (one, other), report

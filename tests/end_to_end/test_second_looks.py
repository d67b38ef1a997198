"""A second look at a turn that has failed raises the same error."""

import pytest

from fake_server import serve
from harness.scripted import Scripted
from provider import CopilotClient, ResponseError, UsageError
from tests.support.clients.observed_turns import TOKEN


def test_second_look_at_a_failed_turn_raises_the_same_error():
    script = Scripted().raw('{"event":"error","errorCode":"text-too-long"}').say("never").done()
    with serve(script.stage()) as server, CopilotClient(TOKEN, base_url=server.url) as client:
        turn = client.chat("Hello")
        raised = []
        for _ in range(3):
            with pytest.raises(ResponseError) as caught:
                _ = turn.text
            raised.append(caught.value)
    assert raised[0] is raised[1] is raised[2] is turn.error


def refuse():
    raise OSError("the app's own")


def test_foreign_exception_is_raised_at_the_second_look_too(service):
    with CopilotClient("rejected", base_url=service.url, on_challenge=lambda _: refuse()) as client:
        turn = client.chat("/challenge hashcash")
        for _ in range(2):
            with pytest.raises(OSError, match="the app's own"):
                _ = turn.text
        assert turn.error is None


def test_interrupted_turn_says_so_at_the_second_look(client):
    def interrupt(_):
        raise KeyboardInterrupt

    client.chat("Hello").read()
    turn = client.chat("Again")
    turn._record.add = interrupt
    with pytest.raises(KeyboardInterrupt):
        turn.read()
    with pytest.raises(UsageError, match="interrupted"):
        _ = turn.text
    assert "Once more" in client.chat("Once more").text

"""A client that counts its calls: replies change places, and each step waits for those that it needs."""

import asyncio
import json

from fake_server.stage import Accept
from provider.websocket import Message, Opcode
from tests.support.cassettes.builders import socket


async def subscriptions(_):
    """A service that needs some time to subscribe its client to the events of what is turned on."""

    async def talk(conversation):
        is_subscribed = False

        async def answer(call):
            nonlocal is_subscribed
            if call["type"] == "subscribe":
                await asyncio.sleep(0.1)
                is_subscribed = True
            texts = [{"id": call["id"], "type": "result"}]
            if call["type"] == "turn_on" and is_subscribed:
                texts.append({"id": 2, "type": "event"})
            for each in texts:
                await conversation.send(Message(Opcode.TEXT, json.dumps(each).encode()))

        async with asyncio.TaskGroup() as answers:
            while isinstance(got := await conversation.receive(), Message):
                answers.create_task(answer(json.loads(got.data)))

    return Accept(run=talk)


def test_client_goes_on_after_the_reply_to_its_own_call_and_not_after_another_one(play_exchanges):
    """A call is sent once its client has subscribed; the reply to an earlier call may come before that, or late."""
    said = [
        '> {"type":"features","id":1}', '> {"type":"subscribe","id":2}', '< {"id":2,"type":"result"}',
        '> {"type":"turn_on","id":3}', '< {"id":3,"type":"result"}', '< {"id":2,"type":"event"}',
        '< {"id":1,"type":"result"}', "> close 1000",
    ]  # fmt: skip
    assert play_exchanges([socket("/api", "\n".join(said))], subscriptions)[:2] == (0, [])


def test_client_that_needs_replies_to_two_calls_waits_for_both_in_any_order(play_exchanges):
    said = [
        '> {"type":"features","id":1}', '> {"type":"subscribe","id":2}', '< {"id":2,"type":"result"}',
        '< {"id":1,"type":"result"}', '> {"type":"turn_on","id":3}', '< {"id":3,"type":"result"}',
        '< {"id":2,"type":"event"}', "> close 1000",
    ]  # fmt: skip
    assert play_exchanges([socket("/api", "\n".join(said))], subscriptions)[:2] == (0, [])

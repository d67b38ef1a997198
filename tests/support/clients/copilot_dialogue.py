"""The pieces of a turn with Copilot as a flow plays it: effects with literal JSON, and the answers to them."""

from __future__ import annotations

import json

from provider.credentials import Credentials
from provider.effects import (
    OpenSocket,
    Receive,
    SendText,
)
from provider.flow.chat import chat
from provider.flow.state import ChatState, ServiceAccess, UserMessage
from provider.transport.types import Request, Response
from provider.wire.generations import GENERATIONS
from tests.support.clients.written_dialogue import play

BASE = "http://127.0.0.1:9"
WS = "ws://127.0.0.1:9/c/api/chat?api-version=2"
ORIGIN = (("origin", BASE), ("referer", f"{BASE}/"))
OPTIONS_2025 = (
    '{"event":"setOptions","supportedCards":["weather","local","image","sports","video","ads","finance"],'
    '"ads":{"supportedTypes":["multimedia","product","tourActivity","propertyPromotion","text"]}}'
)


def service(generation="2025-03", **credentials):
    return ServiceAccess(
        generation=GENERATIONS[generation],
        base_url=BASE,
        websocket_url=WS,
        conversation_url=f"{BASE}/c/api/conversations",
        credentials=Credentials(**credentials),
        client_session_id="11111111-2222-4333-8444-555555555555",
    )


def request(method, url, headers=(), body=None):
    return Request(method=method, url=url, headers=headers, body=body)


def ok(body):
    return Response(status=200, headers=(("content-type", "application/json"),), body=json.dumps(body).encode())


USER = (request("GET", f"{BASE}/c/api/user", ORIGIN), ok({"firstName": None}))
OPEN = (
    request("POST", f"{BASE}/c/api/conversations", (*ORIGIN, ("content-type", "application/json")), b"{}"),
    ok({"id": "dRUXwuM545tff65JPZ3rn"}),
)
SOCKET = (OpenSocket(WS, (("origin", BASE),)), ())
OPTIONS = (SendText(OPTIONS_2025), None)


def asks(text="hi", mode="chat"):
    return (
        SendText(
            '{"event":"send","conversationId":"dRUXwuM545tff65JPZ3rn","content":[{"type":"text","text":"'
            + text
            + '"}],"mode":"'
            + mode
            + '"}'
        ),
        None,
    )


def waits(effect):
    """Whether an effect waits for a message as long as the timeout of the call allows."""
    return isinstance(effect, Receive) and effect.within is None


def lingers(effect):
    """Whether an effect waits for what may come after the answer."""
    return isinstance(effect, Receive) and effect.within == 1.0


def says(*texts):
    return [(waits, text.encode()) for text in texts]


def afterwards(*texts):
    return [(lingers, None if text is None else text.encode()) for text in texts]


STARTED = says(
    '{"event":"received","conversationId":"dRUX","messageId":"u1","id":"0"}',
    '{"event":"startMessage","conversationId":"dRUX","messageId":"a1","id":"1"}',
)
HELLO = says('{"event":"appendText","messageId":"a1","partId":"0","text":"Hel","id":"2"}')
DONE = says('{"event":"done","messageId":"a1","id":"9"}')
SILENT_END = afterwards(None)
TITLE = '{"event":"titleUpdate","conversationId":"dRUX","title":"Greeting","id":"10"}'
SUGGESTIONS = '{"event":"suggestedFollowups","messageId":"a1","suggestions":["A?","B?"],"id":"11"}'
BEFORE = [USER, OPEN, SOCKET, OPTIONS, asks()]


def run(dialogue, *, text="hi", mode="chat", media=(), state=None, where=None, announce=False):
    message = UserMessage(text=text, mode=mode, media=media, announce_conversation=announce)
    return play(chat(where or service(), state or ChatState(), message), dialogue)

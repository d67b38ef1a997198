"""The session of `canary_session` as DevTools reports it, event by event."""

from __future__ import annotations

import asyncio
import base64

from tests.support.secrets.canary_session import LATE, SOCKET, calls, headers, received, sent


async def tell_browser(told, origin):
    """What DevTools says of the session, event by event."""
    for number, asked in enumerate(calls()):
        await _tell_call(told, origin, str(number), asked)
    for request in ("first", "second"):
        _tell_socket(told, origin, request)
    await _tell_call(told, origin, "late", LATE, at=3.0)


async def _tell_call(told, origin, request, asked, at=1.0):
    told.bodies[request] = asked.answer
    about = {"url": origin + asked.target, "method": asked.method, "postData": asked.body}
    told.tell("requestWillBeSent", request, type="Fetch", timestamp=at, request=about)
    told.tell("requestWillBeSentExtraInfo", request, headers=_joined(asked.headers))
    response = {"url": origin + asked.target, "status": 200, "headers": {}}
    told.tell("responseReceived", request, type="Fetch", timestamp=at + 0.1, response=response, hasExtraInfo=True)
    told.tell("responseReceivedExtraInfo", request, headers=_joined(asked.answer_headers))
    told.tell("loadingFinished", request, timestamp=at + 0.2)
    await asyncio.sleep(0)


def _joined(pairs):
    """Headers as DevTools has them: repeated ones are one, a line each."""
    told = {}
    for name, value in pairs:
        told[name] = f"{told[name]}\n{value}" if name in told else value
    return told


def _tell_socket(told, origin, request):
    told.tell("webSocketCreated", request, url="wss" + origin.removeprefix("https") + SOCKET)
    asked = {"headers": {"upgrade": "websocket"}}
    told.tell("webSocketWillSendHandshakeRequest", request, timestamp=2.0, request=asked)
    response = {"status": 101, "headers": _joined(headers("socket header"))}
    told.tell("webSocketHandshakeResponseReceived", request, timestamp=2.1, response=response)
    for opcode, text, _ in received():
        told.tell("webSocketFrameReceived", request, timestamp=2.2, response=_frame(opcode, text))
    for opcode, text in sent():
        told.tell("webSocketFrameSent", request, timestamp=2.3, response=_frame(opcode, text))
    told.tell("webSocketClosed", request, timestamp=2.4)


def _frame(opcode, text):
    data = base64.b64encode(text.encode("latin-1")).decode() if opcode == 2 else text
    return {"opcode": opcode, "payloadData": data, "mask": False}

"""A cassette as people write it, played to a client that knows nothing of it."""

from __future__ import annotations

import json
import urllib.request

from websockets.sync.client import connect

from fake_server.host.server import serve
from harness.cassette.store import load
from harness.replay.player import Player
from harness.services.copilot import COPILOT

CASSETTE = """\
cassette: 1
recorded: {at: '2026-11-23T05:00:00Z', by: hand, client: '', from: 'https://copilot.microsoft.com', complete: true}
redacted: [access_token]
exchanges:
- call: POST /c/api/conversations
  at: 0.000000
  request:
    headers: {authorization: Bearer wiretape-token-1, content-type: application/json}
    json: {}
  response:
    status: 200
    after: 0.120000
    headers: {content-type: application/json}
    json: {id: MqTZp5vC}
- socket: /c/api/chat?api-version=2&accessToken=wiretape-token-1&clientSessionId=5f2b1c9e-0d34-4a7b-9f7e-0c1d2e3f4a5b
  at: 0.131000
  response: {status: 101, after: 0.002000}
  messages: |
    <    0.002137 {"event":"connected","requestId":"1f0c","id":"0"}
    >    0.003000 {"event":"send","conversationId":"MqTZp5vC","content":[{"type":"text","text":"Hello"}],"mode":"chat"}
    <    0.450000 {"event":"appendText","messageId":"m1","partId":"p1","text":"Hi","id":"3"}
    <    0.460000 {"event":"imageGenerated","url":"https://copilot.microsoft.com/th/id/BCO.1.png","id":"4"}
    <    0.470000 {"event":"done","messageId":"m1","id":"5"}
    <    0.900000 close 1000 "bye"
"""


def test_session_from_a_file_is_played(tmp_path):
    path = tmp_path / "turn.yaml"
    path.write_text(CASSETTE)
    player = Player(load(path), COPILOT)
    with serve(player) as server:
        headers = {"Authorization": "Bearer mine", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{server.url}/c/api/conversations", b"{}", headers)
        with urllib.request.urlopen(request, timeout=5) as response:
            conversation = json.load(response)["id"]
        query = "api-version=2&accessToken=mine&clientSessionId=00000000-0000-4000-8000-000000000000"
        with connect(f"{server.ws_url}/c/api/chat?{query}", compression=None) as client:
            said = {"event": "send", "conversationId": conversation, "content": [{"type": "text", "text": "Hello"}]}
            client.send(json.dumps({**said, "mode": "chat"}))
            events = [json.loads(message) for message in client]
        picture = f"{server.url}/th/id/BCO.1.png"
    assert [event["event"] for event in events] == ["connected", "appendText", "imageGenerated", "done"]
    assert (events[2]["url"], player.report().text()) == (picture, "2 of 2 exchanges played\n")

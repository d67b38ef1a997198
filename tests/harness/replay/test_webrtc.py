"""What a peer of WebRTC makes up for each session, in the descriptions and candidates that it sends by a socket."""

from __future__ import annotations

import json

import pytest

from tests.harness.replay.test_auto_bind import is_taken, playback, sent
from tests.support.cassettes.builders import call

SDP = (
    "v=0\r\no=- {session} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=msid-semantic: WMS {stream}\r\n"
    "m={media} 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\n"
    "a=fingerprint:sha-256 {digest}\r\na=setup:actpass\r\na=mid:0\r\na=ssrc:{source} cname:{name}\r\n"
    "a=ssrc-group:FID {source} {second}\r\na=candidate:{foundation} 1 udp {priority} 10.0.0.7 {port} typ host\r\n"
)
ONE = {
    "session": "4520799432374012361",
    "stream": "V1StGXR8Z5jdHi6B",
    "media": "application",
    "ufrag": "4ZcD",
    "pwd": "2/1muCWoOi3uLifh0NuRHlWe",
    "digest": ":".join(f"{7 * each % 256:02X}" for each in range(32)),
    "source": "1001",
    "second": "3570614608",
    "name": "o/i14u9pJrxRKAsu",
    "foundation": "842163049",
    "priority": "1677729535",
    "port": "40124",
}
OTHER = {
    "session": "3394613479798408685",
    "stream": "user",
    "media": "application",
    "ufrag": "wr+k",
    "pwd": "kdqyHnMVJXc9mmn6qLMyH3zO",
    "digest": ":".join(f"{11 * each % 256:02X}" for each in range(32)),
    "source": "2231627014",
    "second": "12",
    "name": "k8dPqLzz0aXw1M2n",
    "foundation": "1",
    "priority": "2113937151",
    "port": "9",
}


def offer(values, **changed):
    return {"type": "offer", "sdp": SDP.format(**values | changed)}


def test_what_a_peer_makes_up_is_taken_and_stands_in_the_answer():
    play = playback(call("POST /a", json.dumps(offer(ONE)).encode(), answer=json.dumps({"of": offer(ONE)}).encode()))
    said = json.loads(sent(play.request("POST", "/a", (), json.dumps(offer(OTHER)).encode())))
    assert all(OTHER[name] in said["of"]["sdp"] for name in ("session", "pwd"))


@pytest.mark.parametrize("name", sorted(ONE.keys() - {"media"}))
def test_each_value_may_differ_alone(name: str):
    assert is_taken(offer(ONE), offer(ONE, **{name: OTHER[name]}))


def test_another_medium_is_another_offer():
    assert not is_taken(offer(ONE), offer(OTHER, media="audio"))


def test_candidate_may_come_by_itself():
    form = "candidate:{foundation} 1 udp {priority} 10.0.0.7 {port} typ host generation 0 ufrag {ufrag} network-id 1"
    assert is_taken({"candidate": form.format(**ONE)}, {"candidate": form.format(**OTHER)})
    assert not is_taken({"candidate": form.format(**ONE)}, {"candidate": form.format(**ONE).replace("host", "relay")})


def test_time_of_a_session_description_stays():
    assert not is_taken(offer(ONE), {"type": "offer", "sdp": SDP.format(**ONE).replace("t=0 0", "t=0 7")})

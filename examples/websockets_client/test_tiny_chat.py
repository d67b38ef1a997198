"""A client without wiretape: it only accepts a base URL."""

import subprocess
import sys
import urllib.error
from pathlib import Path

import pytest
import websockets

import tiny_chat


@pytest.mark.cassette
def test_answer_streams(wire):
    pieces = list(tiny_chat.stream("Name three rivers", base_url=wire.url, token=wire.token))
    assert len(pieces) > 2
    assert "Name three rivers" in "".join(pieces)


@pytest.mark.cassette("greeting")
def test_environment_alone_leads_to_the_cassette():
    assert "Hello" in "".join(tiny_chat.stream("Hello"))


@pytest.mark.cassette("greeting")
def test_program_in_a_process_of_its_own():
    program = [sys.executable, Path(tiny_chat.__file__), "Hello"]
    assert "Hello" in subprocess.run(program, capture_output=True, text=True, timeout=30, check=True).stdout


def test_what_is_sent_is_seen(wire):
    list(tiny_chat.stream("Hello", base_url=wire.url, token=wire.token))
    assert [(call.method, call.path, call.status) for call in wire.calls] == [
        ("POST", "/c/api/conversations", 200),
        ("GET", "/c/api/chat", 101),
    ]
    assert [message["event"] for message in wire.sent] == ["setOptions", "send"]


def test_refused_conversation(wire):
    wire.refuse(429, at="conversations")
    with pytest.raises(urllib.error.HTTPError, match="429"):
        list(tiny_chat.stream("Hello", base_url=wire.url, token=wire.token))


def test_error_event(wire):
    wire.fail("text-too-long").done()
    with pytest.raises(tiny_chat.RefusedError, match="text-too-long"):
        list(tiny_chat.stream("Hello", base_url=wire.url, token=wire.token))


def test_connection_that_breaks(wire):
    wire.say("The Nile").cut(after=2).done()
    with pytest.raises(websockets.ConnectionClosed):
        list(tiny_chat.stream("Name a river", base_url=wire.url, token=wire.token))

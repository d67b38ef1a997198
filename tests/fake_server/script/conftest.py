"""A running fake, and plain clients of it."""

import json
import urllib.error
import urllib.request
from contextlib import ExitStack

import pytest
from websockets.sync.client import connect

from fake_server import serve
from fake_server.script import Config, Script


@pytest.fixture
def running():
    """Starts a fake with these settings; it ends with the test."""
    servers = []

    def start(**settings):
        server = serve(Script(Config(**settings)), own_origins=Script.ORIGINS)
        servers.append(server)
        return server.__enter__()

    yield start
    for server in servers:
        server.close()
        assert not server.errors


@pytest.fixture
def call():
    """One request by urllib: status, headers, body."""

    def call(url, method="GET", body=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = urllib.request.Request(url, body, fields, method=method)
        opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
        try:
            with opener.open(asked, timeout=5) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    return call


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture
def dial():
    """A plain WebSocket client, closed with the test."""
    with ExitStack() as clients:

        def dial(server, query="", **options):
            url = f"{server.ws_url}/c/api/chat?api-version=2{query}"
            limits = {"open_timeout": 5, "close_timeout": 5}
            return clients.enter_context(connect(url, proxy=None, compression=None, **limits, **options))

        yield dial


@pytest.fixture
def until():
    """Receives events up to one of that name."""

    def until(client, name):
        told = []
        while not told or told[-1]["event"] != name:
            told.append(json.loads(client.recv(5)))
        return told

    return until

"""A `websockets` client of a host that runs here."""

from websockets.sync.client import connect

from tests.support.clients.raw_client import read_until, upgraded


def dial(server, **options):
    return connect(f"{server.ws_url}/chat", open_timeout=5, close_timeout=5, proxy=None, compression=None, **options)


def greeted(server):
    """A raw client that has read the stage's greeting."""
    client = upgraded(server)
    read_until(client, b"hi")
    return client

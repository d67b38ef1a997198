"""A client that asks for what was not recorded, with a secret in each request; a program of its own, too.

Run as ``python mismatching_client.py PLANTED TOLD``: it asks where ``WIRETAPE_URL`` says, and notes all it was told.
"""

import base64
import http.client
import json
import logging
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

_UNHEARD = logging.Logger("the client's own", logging.CRITICAL + 1)  # noqa: LOG001  # nobody else is to have it


def talk(url, planted, told):
    """Do what a file lists; write what came back into another one: bodies, headers, close reasons."""
    answers = [
        (_say if each["kind"] == "message" else _ask)(url, each) for each in json.loads(Path(planted).read_text())
    ]
    Path(told).write_text(json.dumps(answers))


def _ask(url, each):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request(
            each["method"], each["target"], base64.b64decode(each["data"]) or None, dict(each["headers"])
        )
        answer = connection.getresponse()
        return [answer.status, str(answer.headers), answer.read().decode("utf-8", "replace")]
    finally:
        connection.close()


def _say(url, each):
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    data = base64.b64decode(each["data"])
    with connect(
        "ws" + url.removeprefix("http") + each["target"], open_timeout=20, close_timeout=20, logger=_UNHEARD
    ) as socket:
        socket.send(data.decode() if each["text"] else data)
        try:
            return [0, "", str(socket.recv(timeout=20))]
        except ConnectionClosed as closed:
            return [closed.rcvd.code, "", closed.rcvd.reason]


if __name__ == "__main__":
    talk(os.environ["WIRETAPE_URL"], *sys.argv[1:])

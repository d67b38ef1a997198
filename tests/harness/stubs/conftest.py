import json
import urllib.error
import urllib.request
from typing import NamedTuple

import pytest

from harness.stubs import stubbing


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict

    def json(self):
        return json.loads(self.body)


def ask(url, method="GET", body=None, **headers):
    """The answer to a request, whatever its status."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {k.replace("_", "-"): v for k, v in headers.items()}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Answer(answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()})
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read(), {k.lower(): v for k, v in error.headers.items()})


@pytest.fixture
def stubs():
    """Stubs on a port, whose report the test itself checks."""
    try:
        with stubbing(deadline=0.5) as opened:
            yield opened
    except Exception as error:
        if type(error).__module__ != "harness.replay.errors":
            raise

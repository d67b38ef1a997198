"""`wiretape` in this process or in one of its own, before services that answer in one way."""

import asyncio
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from fake_server.stage import Response
from harness.cli.main import main

ROOT = Path(__file__).parents[3]
GET = "import os, urllib.request as r; print(r.urlopen(os.environ['WIRETAPE_URL'] + '/x').read())"


class Pieces:
    """Answers with a body that never ends."""

    async def handle(self, _request):
        async def body():
            yield b"data: one\n\n"
            await asyncio.Event().wait()

        return Response(status=200, headers=(("content-type", "text/event-stream"),), body=body())

    async def close(self):
        pass


class Fixed:
    """Answers everything with the same."""

    def __init__(self, **answer):
        self.answer = {"status": 200, "body": b"ok", **answer}

    async def handle(self, _request):
        return Response(**self.answer)

    async def close(self):
        pass


def run(*arguments):
    return main([str(argument) for argument in arguments])


@contextmanager
def recorder(output, url, *command, durable=False):
    """`wiretape record` as a process of its own; its stderr is read line by line."""
    arguments = [sys.executable, "-m", "harness.cli.main", "record", "-o", str(output), "--upstream", url]
    arguments += ["--durable"] if durable else []
    arguments += ["--", *command] if command else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        yield process
        if process.poll() is None:
            process.kill()

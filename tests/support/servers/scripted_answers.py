"""Scripts for `raw_server`: answers to requests, and a request to get one."""

from provider.transport.types import Request


def answering(status="200 OK", body=b"", fields=""):
    async def script(connection):
        while True:
            await connection.read_request()
            await connection.answer(status, body, fields)

    return script


def sending(*pieces):
    """Answers one request with these bytes, then ends the connection."""

    async def script(connection):
        await connection.read_request()
        await connection.send(*pieces)

    return script


def get(url, **more):
    return Request(method="GET", url=url, **more)

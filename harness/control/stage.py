"""`ControlStage`: begins, reports and ends tests, by JSON over HTTP.

| request | meaning | response |
|---|---|---|
| ``POST SECRET/tests`` | begin a test | 201, `id`, `url`, `ws_url`, `upstreams`, `test` |
| ``GET SECRET/tests/ID`` | its report so far | 200 |
| ``DELETE SECRET/tests/ID`` | end it | 200, the last report |
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_server.stage import Answer, Request, Response
from harness.control.errors import ControlError
from harness.control.folder import CassetteFolder
from harness.control.order import parse_object, parse_order
from harness.control.session import Session

MOST_TESTS: Final = 64
"""Tests that may run at once."""
_MOST_ENDED: Final = 200
"""Ended tests whose reports are kept."""
_MOST_BYTES: Final = 64 * 1024


@dataclass(slots=True)
class _Test:
    """A test.

    Attributes:
        session: Its session; None from the moment that it ends.
        timer: Ends it after its time.
        report: The last report, once it has ended.
        has_ended: Set once there is that report.
    """

    session: Session | None
    timer: asyncio.TimerHandle | None = None
    report: Mapping[str, Any] | None = None
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)


class ControlStage:
    """The control service.

    Args:
        folder: The cassettes that tests may use.
        upstream: The service to record; None where nothing may be recorded.
        secret: First segment of every path; other requests are refused.
    """

    def __init__(self, folder: CassetteFolder, upstream: str | None, secret: str) -> None:
        self._folder = folder
        self._upstream = upstream
        self._secret = secret.encode()
        self._tests: dict[str, _Test] = {}
        self._starting = 0
        self._ending: set[asyncio.Task[object]] = set()

    @property
    def failed(self) -> tuple[str, ...]:
        """The reports of the tests that have ended and whose traffic differed from the cassette."""
        return tuple(
            str(test.report["text"])
            for test in self._tests.values()
            if test.report is not None and not test.report["ok"]
        )

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        try:
            return await self._handled(request)
        except ControlError as error:
            return _json(error.status, {"wiretape": {"error": error.kind, "why": str(error)}})

    async def close(self) -> None:
        """End all tests as failed: nothing is recorded."""
        for name in list(self._tests):
            await self._end(name, passed=False)
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _handled(self, request: Request) -> Answer:
        first, _, rest = request.path.removeprefix("/").partition("/")
        if not hmac.compare_digest(first.encode(), self._secret):
            raise ControlError(
                404, "no-control", "the control service has nothing at this path: use the URL that wiretape printed"
            )
        if len(request.body) > _MOST_BYTES:
            raise ControlError(413, "bad-request", f"the body has more than {_MOST_BYTES} bytes")
        if request.body and (request.header("content-type") or "").partition(";")[0].strip() != "application/json":
            # A page of any site may send other types without a preflight.
            raise ControlError(415, "bad-request", "expected the content type application/json")
        folder, _, name = rest.partition("/")
        if folder != "tests":
            raise ControlError(404, "no-control", "expected the path tests, or tests/ID")
        if not name and request.method == "POST":
            return await self._begin(request)
        if name and request.method == "GET":
            return _json(200, await self._report(name))
        if name and request.method == "DELETE":
            return _json(200, await self._end_by_client(name, request.body))
        raise ControlError(
            405,
            "bad-request",
            "the control service does not support this method here: expected POST tests, GET tests/ID or DELETE "
            "tests/ID",
        )

    async def _begin(self, request: Request) -> Answer:
        order = parse_order(request.body)
        path = self._folder.cassette(order.cassette)
        if self._starting + sum(test.session is not None for test in self._tests.values()) >= MOST_TESTS:
            raise ControlError(
                429, "too-many", f"{MOST_TESTS} tests run at once already: end one first with DELETE tests/ID"
            )
        self._starting += 1
        try:
            session = await asyncio.to_thread(Session, order, path, self._upstream)
        finally:
            self._starting -= 1
        name = secrets.token_urlsafe(12)
        timer = asyncio.get_running_loop().call_later(order.lifetime, self._expire, name)
        self._tests[name] = _Test(session, timer)
        self._forget()
        url = session.url
        begun = {
            "id": name,
            "test": f"{request.origin}/{self._secret.decode()}/tests/{name}",
            "url": url,
            "ws_url": "ws" + url.removeprefix("http"),
            "upstreams": session.upstreams,
            "records": session.records,
        }
        return _json(201, begun)

    async def _report(self, name: str) -> Mapping[str, Any]:
        test = self._found(name)
        if test.session is not None:
            return {**await asyncio.to_thread(test.session.report), "ended": False}
        await test.has_ended.wait()
        return test.report or {}

    async def _end_by_client(self, name: str, body: bytes) -> Mapping[str, Any]:
        passed = parse_object(body, ("passed",)).get("passed", True)
        if not isinstance(passed, bool):
            raise ControlError(400, "bad-request", "passed: expected true or false (whether the test passed)")
        test = self._found(name)
        if test.session is None:
            raise ControlError(
                410, "ended", "the test has already ended (by its deadline or a request): read its report with GET"
            )
        return await self._end(name, passed=passed)

    async def _end(self, name: str, *, passed: bool) -> Mapping[str, Any]:
        test = self._tests[name]
        session, test.session = test.session, None
        if test.timer is not None:
            test.timer.cancel()
        if session is not None:
            try:
                test.report = {**await asyncio.to_thread(session.end, passed=passed), "ended": True}
            finally:
                test.has_ended.set()  # after an error, too: a GET must not wait for it
        return test.report or {}

    def _expire(self, name: str) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(self._end(name, passed=False))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def _found(self, name: str) -> _Test:
        test = self._tests.get(name)
        if test is None:
            raise ControlError(404, "no-test", "no test has this id: use the URL `test` of the answer to POST /tests")
        return test

    def _forget(self) -> None:
        ended = [name for name, test in self._tests.items() if test.report is not None]
        for name in ended[: max(0, len(ended) - _MOST_ENDED)]:
            del self._tests[name]


def _json(status: int, value: Mapping[str, Any]) -> Response:
    headers = (("content-type", "application/json"), ("cache-control", "no-store"))
    return Response(status=status, headers=headers, body=json.dumps(value).encode())

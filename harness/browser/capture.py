"""`NetworkWatcher`: records the traffic of a browser's pages, frames and workers with one origin."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, cast

from harness.browser.exchange import BrowserExchange, fields, posted_body
from harness.browser.wanted import WantedTraffic
from harness.record.recording import Recording
from provider import clock
from provider.auth.browser.devtools import BrowserEvent, DevTools, DevToolsError

_Key: TypeAlias = tuple[str | None, str]
_MOST_BODY: Final = 50 * 1024 * 1024
_MOST_EARLY: Final = 1000
_ANSWER_PATIENCE: Final = 10.0
_ATTACH: Final = {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True}
_NETWORK: Final = {
    "maxTotalBufferSize": 4 * _MOST_BODY,
    "maxResourceBufferSize": _MOST_BODY,
    "maxPostDataSize": _MOST_BODY,
}


class NetworkWatcher:
    """Receives a browser's network events, and records them.

    Attributes:
        pages: Number of open windows and tabs.
        calls: Number of requests to the service.
        messages: Number of messages on its sockets.
        lost_bodies: Number of responses whose bodies the browser had dropped.
        lost_beginnings: Number of responses to requests that the browser did not report, such as the first ones of a
            page in a new process. Their method is unknown: they are recorded as GET.

    Args:
        devtools: Connection to the browser.
        recording: Receives the events.
        url: A URL of the service; only traffic with its origin, and with those of further upstreams, is recorded.
        further: Origins of the further upstreams.
        everything: Record pages, scripts, pictures and the like, too.
    """

    def __init__(
        self,
        devtools: DevTools,
        recording: Recording,
        url: str,
        *,
        further: Iterable[str] = (),
        everything: bool = False,
    ) -> None:
        self._devtools = devtools
        self._recording = recording
        self._wanted = WantedTraffic(url, further=further, everything=everything)
        self._exchanges: dict[_Key, BrowserExchange] = {}
        self._order: list[BrowserExchange] = []
        self._early: dict[_Key, list[tuple[str, Mapping[str, Any]]]] = {}
        self._fetching: set[asyncio.Task[None]] = set()
        self._page_sessions: set[str] = set()
        self._last = 0.0
        self.pages = 0
        self.calls = 0
        self.messages = 0
        self.lost_bodies = 0
        self.lost_beginnings = 0
        self._handlers: Final[dict[str, Callable[[BrowserEvent], None]]] = {
            "Target.attachedToTarget": self._attached,
            "Target.detachedFromTarget": self._detached,
            "Network.requestWillBeSent": self._requested,
            "Network.requestWillBeSentExtraInfo": self._really_requested,
            "Network.responseReceived": self._answered,
            "Network.responseReceivedExtraInfo": self._really_answered,
            "Network.loadingFinished": self._finished,
            "Network.loadingFailed": self._failed,
            "Network.webSocketCreated": self._socket_created,
            "Network.webSocketWillSendHandshakeRequest": self._socket_requested,
            "Network.webSocketHandshakeResponseReceived": self._socket_answered,
            "Network.webSocketFrameReceived": self._received,
            "Network.webSocketFrameSent": self._sent,
            "Network.webSocketFrameError": self._ignored,
            "Network.webSocketClosed": self._socket_closed,
        }

    async def start(self) -> str:
        """Attach to all present and future pages; returns the session of the first one."""
        self._devtools.listen(self._receive)
        # The browser has internal pages, such as the address bar's list: they do not count as windows.
        attach = {**_ATTACH, "filter": [{"type": "page"}]}
        await self._devtools.send("Target.setAutoAttach", attach)
        while not self._page_sessions:  # bounded by the caller's deadline
            await self._devtools.send("Target.getTargets")
            await asyncio.sleep(0.02)
        return next(iter(self._page_sessions))

    async def finish(self) -> None:
        """Wait for pending bodies, then cut the open exchanges. The caller finishes the recording."""
        if self._fetching:
            await asyncio.wait(self._fetching, timeout=_ANSWER_PATIENCE)
        for task in self._fetching:
            task.cancel()
        for exchange in self._order:
            exchange.cut(self._last)
        self._begin(all_of_them=True)

    def _receive(self, event: BrowserEvent) -> None:
        handler = self._handlers.get(event.method)
        if handler is not None:
            moment = event.params.get("timestamp")
            if isinstance(moment, int | float):
                self._last = max(self._last, moment)
            handler(event)
            self._begin()

    def _begin(self, *, all_of_them: bool = False) -> None:
        """Begin recording the waiting exchanges, the oldest first, up to the first one whose headers have not arrived.

        Args:
            all_of_them: Begin also those whose headers have not arrived.
        """
        while self._order:
            first = self._order[0]
            if not (all_of_them or first.headers is not None or first.is_over):
                return
            first.begin(self._recording)
            self._order.pop(0)

    # ------------------------------------------------------------ pages
    def _attached(self, event: BrowserEvent) -> None:
        session, target = str(event.params.get("sessionId")), event.params.get("targetInfo") or {}
        if target.get("type") == "page":
            self._page_sessions.add(session)
            self.pages = len(self._page_sessions)
        self._devtools.post("Network.enable", _NETWORK, session)
        self._devtools.post("Target.setAutoAttach", _ATTACH, session)
        self._devtools.post("Runtime.runIfWaitingForDebugger", None, session)

    def _detached(self, event: BrowserEvent) -> None:
        session = str(event.params.get("sessionId"))
        self._page_sessions.discard(session)
        self.pages = len(self._page_sessions)
        for key, exchange in self._exchanges.items():
            if key[0] == session:
                exchange.cut(self._last)

    # ------------------------------------------------------------ calls
    def _requested(self, event: BrowserEvent) -> None:
        request, at = event.params.get("request") or {}, float(event.params.get("timestamp") or 0.0)
        key = _key(event)
        redirect = event.params.get("redirectResponse")
        if isinstance(redirect, dict) and (known := self._exchanges.pop(key, None)) is not None:
            known.answered(cast("Mapping[str, Any]", redirect), at)
            known.ended(b"", at)
        url = str(request.get("url"))
        if not self._wanted.has(url, str(event.params.get("type"))):
            self._early.pop(key, None)
            return
        exchange = BrowserExchange(url, str(request.get("method")), at, beside=self._wanted.upstream_of(url) or "")
        exchange.body = posted_body(request)
        self._add(key, exchange)
        if request.get("hasPostData") and not exchange.body:
            self._fetch(self._fetch_posted(event, exchange))

    def _add(self, key: _Key, exchange: BrowserExchange) -> None:
        self.calls += not exchange.upgrade
        self._exchanges[key] = exchange
        self._order.append(exchange)
        for kind, params in self._early.pop(key, []):
            if kind == "request":
                exchange.headers = fields(params.get("headers"))
            else:
                exchange.answered_really(fields(params.get("headers")))

    def _really_requested(self, event: BrowserEvent) -> None:
        exchange = self._exchanges.get(_key(event))
        if exchange is None:
            self._keep_early(event, "request")
        elif exchange.headers is None:
            exchange.headers = fields(event.params.get("headers"))

    def _answered(self, event: BrowserEvent) -> None:
        response = event.params.get("response") or {}
        exchange = self._exchanges.get(_key(event)) or self._answered_unasked(event, response)
        if exchange is None:
            return
        if exchange.headers is None:  # the browser answers from its cache: no other headers will come
            exchange.headers = fields(response.get("requestHeaders"))
        more = bool(event.params.get("hasExtraInfo"))
        exchange.answered(response, float(event.params.get("timestamp") or 0.0), more_headers=more)

    def _answered_unasked(self, event: BrowserEvent, response: Mapping[str, Any]) -> BrowserExchange | None:
        url = str(response.get("url"))
        if not self._wanted.has(url, str(event.params.get("type"))):
            return None
        timing = response.get("timing") or {}
        at = float(timing.get("requestTime") or event.params.get("timestamp") or 0.0)
        exchange = BrowserExchange(url, "GET", at, beside=self._wanted.upstream_of(url) or "")
        self._add(_key(event), exchange)
        self.lost_beginnings += 1
        return exchange

    def _really_answered(self, event: BrowserEvent) -> None:
        exchange = self._exchanges.get(_key(event))
        if exchange is None:
            self._keep_early(event, "answered")
        else:
            exchange.answered_really(fields(event.params.get("headers")))

    def _keep_early(self, event: BrowserEvent, kind: str) -> None:
        self._early.setdefault(_key(event), []).append((kind, event.params))
        while len(self._early) > _MOST_EARLY:  # the browser has already reported unwanted requests
            del self._early[next(iter(self._early))]

    def _finished(self, event: BrowserEvent) -> None:
        exchange = self._exchanges.get(_key(event))
        if exchange is not None and not exchange.is_over:
            self._fetch(self._fetch_body(event, exchange))

    def _failed(self, event: BrowserEvent) -> None:
        exchange = self._exchanges.pop(_key(event), None)
        if exchange is not None and not exchange.is_over:
            exchange.failed(str(event.params.get("errorText")), float(event.params.get("timestamp") or 0.0))

    async def _fetch_body(self, event: BrowserEvent, exchange: BrowserExchange) -> None:
        body: bytes | None = None
        with contextlib.suppress(DevToolsError, TimeoutError):
            async with asyncio.timeout(_ANSWER_PATIENCE):
                told = await self._devtools.send(
                    "Network.getResponseBody", {"requestId": event.params.get("requestId")}, event.session_id
                )
            said = str(told.get("body") or "")
            body = base64.b64decode(said) if told.get("base64Encoded") else said.encode("utf-8", "surrogatepass")
        self.lost_bodies += body is None
        if not exchange.is_over:
            exchange.ended(body, float(event.params.get("timestamp") or 0.0))
            self._begin()
        if self._exchanges.get(_key(event)) is exchange:  # until now its real headers could arrive
            del self._exchanges[_key(event)]

    async def _fetch_posted(self, event: BrowserEvent, exchange: BrowserExchange) -> None:
        with contextlib.suppress(DevToolsError, TimeoutError):
            async with asyncio.timeout(_ANSWER_PATIENCE):
                told = await self._devtools.send(
                    "Network.getRequestPostData", {"requestId": event.params.get("requestId")}, event.session_id
                )
            if not exchange.has_begun:
                exchange.body = str(told.get("postData") or "").encode("utf-8", "surrogatepass")

    def _fetch(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    # ------------------------------------------------------------ sockets
    def _socket_created(self, event: BrowserEvent) -> None:
        url = str(event.params.get("url"))
        beside = self._wanted.upstream_of(url)
        if beside is not None:
            # The handshake's event reports when it began.
            at = self._last or clock.monotonic()
            self._add(_key(event), BrowserExchange(url, "GET", at, upgrade=True, beside=beside))

    def _socket_requested(self, event: BrowserEvent) -> None:
        exchange = self._exchanges.get(_key(event))
        if exchange is not None and exchange.headers is None:
            exchange.at = float(event.params.get("timestamp") or exchange.at)
            exchange.headers = fields((event.params.get("request") or {}).get("headers"))

    def _socket_answered(self, event: BrowserEvent) -> None:
        exchange = self._exchanges.get(_key(event))
        if exchange is not None:
            exchange.answered(event.params.get("response") or {}, float(event.params.get("timestamp") or 0.0))

    def _received(self, event: BrowserEvent) -> None:
        self._frame(event, "<")

    def _sent(self, event: BrowserEvent) -> None:
        self._frame(event, ">")

    def _frame(self, event: BrowserEvent, direction: Any) -> None:
        exchange = self._exchanges.get(_key(event))
        if exchange is not None:
            exchange.frame(direction, event.params.get("response") or {}, float(event.params.get("timestamp") or 0.0))
            self.messages += 1

    def _socket_closed(self, event: BrowserEvent) -> None:
        exchange = self._exchanges.pop(_key(event), None)
        if exchange is not None:
            exchange.cut(float(event.params.get("timestamp") or 0.0))

    def _ignored(self, event: BrowserEvent) -> None:
        """Do nothing: the close event that follows reports the same."""


def _key(event: BrowserEvent) -> _Key:
    return event.session_id, str(event.params.get("requestId"))

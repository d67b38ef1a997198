"""A person's session in a real Chromium, recorded: the fake's chat page does what a person would."""

import asyncio
import base64
import contextlib
import json
import time
import urllib.request

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.browser.record import BrowsingError, RecordingProgress, record_browser
from harness.cassette.model import Call, SocketExchange
from harness.cassette.store import load
from harness.copilot.reproduce import reproduce
from harness.services.copilot import COPILOT
from harness.sessions import recording
from harness.view.live import following
from provider.auth.browser import launch as opening
from provider.auth.browser.devtools import DevToolsClosedError, DevToolsError
from tests.support.browsers.processes import processes_of
from tests.support.servers.stages import answering

pytestmark = pytest.mark.browser

ASK = """(async () => {
  const until = async (found) => { while (!found()) await new Promise((go) => setTimeout(go, 20)); };
  await until(() => document.body?.dataset.open === 'yes');
  const prompt = document.querySelector('#prompt');
  prompt.value = %r;
  document.querySelector('#composer').requestSubmit();
  await until(() => document.body.innerText.includes(%r));
  await until(() => document.querySelector('#conversations button'));
})()"""


class Bodies:
    """Which answers the recording has not asked the browser for: a window that closes earlier takes them along."""

    def __init__(self, devtools):
        self._send, self._missing = devtools.send, set()
        self._none_missing = asyncio.Event()
        devtools.send = self._counted
        devtools.listen(self._hear)

    async def all_fetched(self):
        # The recording asks for no body of a request that goes elsewhere.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._none_missing.wait(), 5)

    def _hear(self, event):
        if event.method == "Network.requestWillBeSent" and event.params.get("type") in ("XHR", "Fetch"):
            self._missing.add(event.params["requestId"])
            self._none_missing.clear()
        elif event.method == "Network.loadingFailed":
            self._settle(event.params["requestId"])

    async def _counted(self, method, *arguments):
        try:
            return await self._send(method, *arguments)
        finally:
            if method == "Network.getResponseBody":
                self._settle(arguments[0]["requestId"])

    def _settle(self, request):
        self._missing.discard(request)
        if not self._missing:
            self._none_missing.set()


class Person:
    """Chats on the page that is opened, by the very connection that the recording listens to; then leaves."""

    def __init__(self, monkeypatch, script, leave):
        self.said = []
        self._script, self._leave = script, leave
        self._open, self._stop = opening.open_browser, asyncio.Event()
        monkeypatch.setattr("harness.browser.record.open_browser", self._opened)

    @property
    def stop(self):
        return self._stop

    @contextlib.asynccontextmanager
    async def _opened(self, *arguments, **options):
        async with self._open(*arguments, **options) as browser:
            chat = asyncio.ensure_future(self._chat(browser.process.devtools))
            chat.add_done_callback(self._note_failure)
            try:
                yield browser
            finally:
                chat.cancel()
                await asyncio.gather(chat, return_exceptions=True)

    def _note_failure(self, chat):
        # Who fails leaves: nothing else would end the recording.
        if not chat.cancelled() and chat.exception():
            self.said.append(chat.exception())
            self._stop.set()

    async def _chat(self, devtools):
        page = None
        sessions = []
        bodies = Bodies(devtools)
        devtools.listen(sessions.append)
        while page is None:
            attached = (each.params for each in sessions if each.method == "Target.attachedToTarget")
            page = next((each for each in attached if each["targetInfo"]["type"] == "page"), None)
            await asyncio.sleep(0.02)
        session = page["sessionId"]
        await self._arrived(devtools, session)
        params = {"expression": self._script, "awaitPromise": True, "returnByValue": True}
        answer = await devtools.send("Runtime.evaluate", params, session)
        self.said.append(answer.get("exceptionDetails"))
        await bodies.all_fetched()
        if self._leave == "close":
            await devtools.send("Page.close", {}, session)
        elif self._leave == "crash":
            devtools.post("Browser.crash")
        else:
            self._stop.set()

    async def _arrived(self, devtools, session):
        asked = {"expression": "location.protocol + location.pathname"}
        where = None
        while where not in ("http:/", "https:/"):
            await asyncio.sleep(0.02)
            try:
                where = (await devtools.send("Runtime.evaluate", asked, session))["result"].get("value")
            except DevToolsClosedError:
                raise
            except DevToolsError:  # the page is just being replaced
                continue


@pytest.fixture
def chat(monkeypatch, sealed, tmp_path):
    """Records a person who asks something at a page; gives what came of it."""

    def chat(page, prompt="Hello", answer="This is turn 1", leave="close", **options):
        person = Person(monkeypatch, ASK % (prompt, answer), leave)

        async def run():
            async with asyncio.timeout(60):
                return await record_browser(
                    page, tmp_path / "browser.yaml", stop=person.stop, settings=sealed, **options
                )

        browsed = asyncio.run(run())
        assert person.said in ([None], [])
        return browsed

    return chat


def test_session_is_recorded_until_the_window_closes(chat, service, orphaned_journals):
    browsed = chat(f"{service.url}/")
    assert browsed.ended in ("window closed", "browser gone")
    [socket] = [each for each in browsed.cassette.exchanges if isinstance(each, SocketExchange)]
    said = b"\n".join(line.data for line in socket.messages)
    assert b'"send"' in said
    assert b'"done"' in said
    assert browsed.lost_bodies == 0
    answered = [each for each in browsed.cassette.exchanges if isinstance(each, Call) and each.response]
    assert all(each.response.body.data for each in answered)
    assert orphaned_journals() == ([], [])


def test_session_in_a_browser_is_what_the_relay_records_of_it(chat, service, tmp_path):
    with recording(tmp_path / "relay.yaml", service.url) as relay:
        by_browser = chat(f"{relay.url}/").cassette
    by_relay = load(tmp_path / "relay.yaml")
    assert calls_of(by_browser) == calls_of(by_relay)
    for direction in "<>":
        assert messages_of(by_browser, direction) == messages_of(by_relay, direction)
    # DevTools does not tell how a socket ended.
    assert (by_browser.recorded.complete, by_relay.recorded.complete) == (False, True)


def test_recorded_session_can_be_told_to_our_client(chat, service, tmp_path):
    chat(f"{service.url}/")
    made = reproduce(tmp_path / "browser.yaml", tmp_path / "reports")
    assert (made.failure, made.error) == ("", None)
    assert "This is turn 1" in made.said


def test_recording_ends_when_it_is_told_to(chat, service, orphaned_journals):
    browsed = chat(f"{service.url}/", leave="stop")
    assert browsed.ended == "stopped"
    assert browsed.cassette.exchanges
    assert orphaned_journals() == ([], [])


def test_browser_that_crashes_leaves_what_it_has_told(chat, service, orphaned_journals, sealed):
    browsed = chat(f"{service.url}/", leave="crash")
    assert browsed.ended == "browser gone"
    assert any(isinstance(each, SocketExchange) for each in browsed.cassette.exchanges)
    assert processes_of(sealed.profile) == []


def test_page_itself_is_recorded_only_where_it_is_wanted(chat, service):
    few = chat(f"{service.url}/").cassette
    assert not [each for each in few.exchanges if _is_of_the_page(each)]


def test_everything_can_be_recorded(chat, service):
    targets = {each.target for each in chat(f"{service.url}/", everything=True).cassette.exchanges}
    assert "/" in targets
    # Of what a page asks for in its first moments the browser does not tell everything (docs/browser-recording.md).
    assert any(target.startswith("/.wiretape/pages/") and target.endswith(".js") for target in targets)


def test_no_token_of_the_session_is_in_the_cassette(chat, service, tmp_path):
    page = f"{service.url}/.wiretape/sign-in?auto&account=ada"
    chat(page)
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("*.yaml*"))
    assert b"eyJ" not in raw
    assert b"wiretape-token" in raw


def test_what_goes_elsewhere_is_not_recorded(chat, service):
    script = f"fetch('{service.url.replace('127.0.0.1', 'localhost')}/c/api/user').catch(() => 0)"
    browsed = chat(f"{service.url}/", prompt=f"Hello {base64.b64encode(script.encode()).decode()[:4]}")
    hosts = [dict(each.request.headers).get("host") for each in browsed.cassette.exchanges]
    assert set(hosts) == {None}


def test_page_that_cannot_be_opened_is_told(sealed, tmp_path, orphaned_journals):
    async def run():
        await record_browser("http://127.0.0.1:9/", tmp_path / "none.yaml", stop=asyncio.Event(), settings=sealed)

    with pytest.raises(BrowsingError, match="could not be opened"):
        asyncio.run(run())
    assert not (tmp_path / "none.yaml").exists()
    assert orphaned_journals() == ([], [])


def test_progress_counts_calls_and_messages(chat, service):
    lines, counts = [], []
    chat(f"{service.url}/", progress=RecordingProgress(line=lines.append, counts=lambda *seen: counts.append(seen)))
    assert "Recording until the window closes" in lines
    assert counts[-1][0] >= 2


def test_a_page_follows_the_session_in_the_window(chat, service):
    urls, seen = [], []

    @contextlib.contextmanager
    def watching(session):
        with following(session, COPILOT, "one.yaml") as url:
            urls.append(url)
            yield

    def look(*_):
        content, until = b"", time.monotonic() + 10
        while not content and time.monotonic() < until:  # empty while the session is left alone
            with urllib.request.urlopen(f"{urls[0]}/session?epoch=0&known=0&state=-1") as answer:
                content = answer.read()
        seen.append([event["name"] for event in json.loads(content)["events"]])

    chat(f"{service.url}/", progress=RecordingProgress(counts=look, watching=watching))
    assert {"send", "done"} <= set(seen[-1])


def _is_of_the_page(exchange):
    target = exchange.target
    return isinstance(exchange, Call) and (target == "/" or "/.wiretape" in target or "favicon" in target)


def calls_of(cassette):
    calls = [each for each in cassette.exchanges if isinstance(each, Call) and not _is_of_the_page(each)]
    calls = [each for each in calls if "?types=" not in each.target]  # the last of these may be on its way at the end
    return [
        (each.method, each.target, each.request.body.data, each.response.status, each.response.body.data)
        for each in calls
    ]


def messages_of(cassette, direction):
    [socket] = [each for each in cassette.exchanges if isinstance(each, SocketExchange)]
    return [(line.kind, line.data) for line in socket.messages if line.direction == direction and line.kind == "text"]


def test_further_upstreams_are_recorded_beside_the_page(monkeypatch, sealed, tmp_path):
    page = answering(Response(headers=(("content-type", "text/html"),), body=b"<h1>Shop</h1>"))
    stage = answering(Response(headers=(("content-type", "text/plain"),), body=b"kept"))
    with (
        serve(page) as service,
        serve(stage, allowed_origins=[service.url]) as store,
        serve(stage, allowed_origins=[service.url]) as other,
    ):
        asked = f"Promise.all(['{store.url}/put/7', '{other.url}/else'].map(async (u) => (await fetch(u)).text()))"
        person = Person(monkeypatch, asked, "stop")

        async def run():
            async with asyncio.timeout(60):
                return await record_browser(
                    f"{service.url}/",
                    tmp_path / "browser.yaml",
                    stop=person.stop,
                    settings=sealed,
                    upstreams={"store": store.url},
                )

        cassette = asyncio.run(run()).cassette
    assert person.said == [None]
    assert cassette.recorded.upstreams == {"store": store.url}
    targets = [each.target for each in cassette.exchanges]
    assert f"{store.url}/put/7" in targets
    assert not [each for each in targets if each.endswith("/else")]

"""What a browser tells of its network, told to a recording: the odd ones, that no real browser makes on demand."""

import pytest

from harness.browser.capture import NetworkWatcher
from harness.record.recording import Recording
from harness.services.copilot import COPILOT
from tests.support.browsers.fake_devtools import FakeDevTools

PAGE = "https://service.test"


@pytest.fixture
def told():
    return FakeDevTools()


@pytest.fixture
async def watched(told, tmp_path, monkeypatch):
    """Begins to watch; the function given ends it, and gives the exchanges and the watcher."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Recording(tmp_path / "told.yaml", COPILOT, by="browser", client="none", origin=PAGE) as recording:
        watcher = NetworkWatcher(told, recording, PAGE)
        await watcher.start()

        async def ended():
            await watcher.finish()
            return recording.finish().exchanges, watcher

        yield ended


async def test_answer_to_a_request_that_was_not_told_is_recorded_and_counted(told, watched):
    told.bodies["1"] = '{"ok":1}'
    response = {"url": f"{PAGE}/c/api/user", "status": 200, "headers": {"content-type": "application/json"}}
    told.tell("responseReceived", type="Fetch", timestamp=1.0, response=response)
    told.tell("loadingFinished", timestamp=1.5)
    [call], watcher = await watched()
    assert (call.method, call.target, call.response.status) == ("GET", "/c/api/user", 200)
    assert call.response.body.data == b'{"ok":1}'
    assert watcher.lost_beginnings == 1


async def test_headers_that_come_before_their_request_are_its_own(told, watched):
    told.tell("requestWillBeSentExtraInfo", headers={"x-early": "yes"})
    request = {"url": f"{PAGE}/c/api/user", "method": "GET"}
    told.tell("requestWillBeSent", type="Fetch", timestamp=1.0, request=request)
    told.tell("loadingFailed", timestamp=1.5, errorText="net::ERR_CONNECTION_RESET")
    [call], _ = await watched()
    assert ("x-early", "yes") in call.request.headers
    assert (call.aborted.by, call.aborted.how) == ("server", "reset")


async def test_what_goes_to_another_origin_is_left_out(told, watched):
    for number, url in enumerate((f"{PAGE}.evil.test/c/api/user", "http://service.test/", "data:text/plain,x")):
        told.tell("requestWillBeSent", str(number), type="Fetch", timestamp=1.0, request={"url": url, "method": "GET"})
    told.tell("webSocketCreated", "9", url="wss://elsewhere.test/c/api/chat")
    exchanges, _ = await watched()
    assert exchanges == ()


async def test_redirect_is_a_call_of_its_own(told, watched):
    first = {"url": f"{PAGE}/one", "method": "GET"}
    told.tell("requestWillBeSent", type="Fetch", timestamp=1.0, request=first)
    moved = {"status": 302, "headers": {"location": "/two"}}
    second = {"url": f"{PAGE}/two", "method": "GET"}
    told.tell("requestWillBeSent", type="Fetch", timestamp=2.0, request=second, redirectResponse=moved)
    told.tell("responseReceived", type="Fetch", timestamp=3.0, response={"url": f"{PAGE}/two", "status": 200})
    told.tell("loadingFinished", timestamp=3.5)
    [one, two], _ = await watched()
    assert [(each.target, each.response.status) for each in (one, two)] == [("/one", 302), ("/two", 200)]


async def test_what_comes_early_is_kept_however_much_is_not_wanted(told, watched):
    for number in range(2000):
        told.tell("requestWillBeSentExtraInfo", f"picture {number}", headers={})
    told.tell("requestWillBeSentExtraInfo", headers={"x-early": "yes"})
    request = {"url": f"{PAGE}/c/api/user", "method": "GET"}
    told.tell("requestWillBeSent", type="Fetch", timestamp=1.0, request=request)
    [call], _ = await watched()
    assert ("x-early", "yes") in call.request.headers

"""What a browser tells of its network, told to a recording: the odd ones, that no real browser makes on demand."""

import pytest

from harness.browsing.watching import Watcher
from harness.record.session import Recording
from harness.services.copilot import COPILOT
from provider.auth.devtools import Event

PAGE = "https://service.test"


class Told:
    """Stands for a connection: gives the bodies of answers, and lets a test tell events."""

    def listen(self, hear):
        self.hear = hear

    def post(self, *_):
        pass

    async def send(self, method, params=None, session=None):
        if method == "Target.setAutoAttach":
            page = {"sessionId": "s", "targetInfo": {"type": "page"}}
            self.hear(Event(method="Target.attachedToTarget", params=page))
        return {"body": '{"ok":1}', "base64Encoded": False} if method == "Network.getResponseBody" else {}

    def tell(self, method, **params):
        self.hear(Event(method=f"Network.{method}", params={"requestId": "7", **params}, session_id="s"))


@pytest.fixture
def told():
    return Told()


@pytest.fixture
async def watched(told, tmp_path):
    """Begins to watch; the function given ends it, and gives the exchanges and the watcher."""
    with Recording(tmp_path / "told.yaml", COPILOT, by="browser", client="none", origin=PAGE) as recording:
        watcher = Watcher(told, recording, PAGE)
        await watcher.start()

        async def ended():
            await watcher.finish()
            return recording.finish().exchanges, watcher

        yield ended


async def test_answer_to_a_request_that_was_not_told_is_recorded_and_counted(told, watched):
    response = {"url": f"{PAGE}/c/api/user", "status": 200, "headers": {"content-type": "application/json"}}
    told.tell("responseReceived", type="Fetch", timestamp=1.0, response=response)
    told.tell("loadingFinished", timestamp=1.5)
    [call], watcher = await watched()
    assert (call.method, call.target, call.response.status) == ("GET", "/c/api/user", 200)
    assert call.response.body.data == b'{"ok":1}'
    assert watcher.lost_beginnings == 1

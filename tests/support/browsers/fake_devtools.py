"""`FakeDevTools`: stands for a browser's connection; a test tells it what the browser would say of its network."""

from __future__ import annotations

from provider.auth.browser.devtools import BrowserEvent

SESSION = "s"


class FakeDevTools:
    """Has one page, and gives the bodies that it is told.

    Attributes:
        bodies: Id of a request -> the text of its answer.
    """

    def __init__(self):
        self.bodies = {}

    def listen(self, hear):
        self._hear = hear

    def post(self, *_):
        pass

    async def send(self, method, params=None, session=None):
        if method == "Target.setAutoAttach":
            page = {"sessionId": SESSION, "targetInfo": {"type": "page"}}
            self._hear(BrowserEvent(method="Target.attachedToTarget", params=page))
        if method == "Network.getResponseBody":
            return {"body": self.bodies.get(params["requestId"], ""), "base64Encoded": False}
        return {}

    def tell(self, method, request_id="1", /, **params):
        """Something happened to a request."""
        self._hear(
            BrowserEvent(method=f"Network.{method}", params={"requestId": request_id, **params}, session_id=SESSION)
        )

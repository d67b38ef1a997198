"""Which of a page's tokens a sign-in takes."""

import json
import time

from provider.auth.browser.attempt import SignInAttempt
from provider.auth.chromium import BrowserSettings
from provider.credentials import Credentials

END = time.time() + 3600
STORED = json.dumps(
    {"credentialType": "AccessToken", "target": "api/ChatAI", "secret": "tok", "expiresOn": str(int(END))}
)


class Pages:
    """A page that stores its token and opens a socket with it, just after its storage was read."""

    proxy_refused = False
    socket_token = None

    async def read_storage(self):
        entries = [("msal", STORED)] if self.socket_token else []
        self.socket_token = Credentials(token="tok")
        return entries

    async def check_open(self):
        """It stays open."""


async def test_the_end_of_a_token_is_known_where_the_page_stored_it_before_it_opened_a_socket():
    attempt = SignInAttempt("https://a.test/", "ChatAI", BrowserSettings(), None, patience=5, on_progress=None)
    found = await attempt._wait_for_token(Pages(), None)
    assert (found.token, found.expires_at) == ("tok", int(END))

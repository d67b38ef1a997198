"""What a page stores that is signed in."""

from __future__ import annotations

import time

TOKEN, COOKIE, PASSWORD = "TOKEN-7f3a", "COOKIE-91bc", "PASSWORD-55de"
NOTHING = ([], [])


def msal(secret=TOKEN, target="x/ChatAI.ReadWrite", until=3600.0):
    return {
        "credentialType": "AccessToken",
        "secret": secret,
        "target": target,
        "expiresOn": str(int(time.time() + until)),
    }

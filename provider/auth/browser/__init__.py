"""Signing in with a real browser: `sign_in` and `BrowserSettings` are all that callers need."""

from provider.auth.browser.login import sign_in
from provider.auth.chromium import BrowserSettings

__all__ = ["BrowserSettings", "sign_in"]

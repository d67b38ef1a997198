"""A running fake in any generation, and plain HTTP clients of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.support.servers.fake_site import Site


@pytest.fixture
def site(running: Any, generation: str) -> Site:
    """A fake of each generation."""
    return running(generation=generation)


@pytest.fixture
def jwt() -> Any:
    """Makes a readable token with these claims; its signature is nobody's."""

    def jwt(**claims: Any) -> str:
        parts = ({"alg": "RS256", "typ": "JWT"}, claims)
        encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
        return ".".join((*encoded, "c2lnbmF0dXJl"))

    return jwt

"""Secrets to plant, made at run time, so that none stands in the project."""

import base64
import json
import secrets
import string


def token():
    """One without any look of its own."""
    return secrets.token_urlsafe(24)


def password():
    """A strong one, of letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(20))


def word():
    """Nothing that anybody could take for a secret who was not told of it."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))


def email():
    """An address."""
    return f"{word()}@{word()}.org"


def jwt():
    """A token whose signature fits no key."""
    head, claims = {"alg": "HS256", "typ": "JWT"}, {"sub": word(), "iat": 1700000000 + secrets.randbelow(10**6)}
    parts = (json.dumps(head).encode(), json.dumps(claims).encode(), secrets.token_bytes(32))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def openai_key():
    """A key of a project there."""
    return f"sk-proj-{secrets.token_urlsafe(48)}"


def google_key():
    """A key of an API there."""
    return "AIza" + "".join(secrets.choice(string.ascii_letters + string.digits + "-_") for _ in range(35))

"""The hosts that a cookie's ``Domain`` covers: `covers`. See RFC 6265 §5.1.3 and §5.3.

A ``Domain`` that is a public suffix covers no host, because its subdomains belong to strangers. wiretape has no copy of
the Public Suffix List: it knows single labels (``com``), the usual second levels of countries (``co.uk``), and large
hosting services, whose customers share a domain.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

_REGISTRIES: Final = "ac co com edu go gob gouv gov ltd mil ne net nhs nom or org plc sch"
"""Second levels below a country's two letters."""
_SECOND_LEVELS: Final = frozenset(_REGISTRIES.split())
_HOSTING: Final = """
amazonaws.com amplifyapp.com appspot.com azure-api.net azurecontainerapps.io azurefd.net azurestaticapps.net
azurewebsites.net blob.core.windows.net blogspot.com cloudapp.azure.com cloudapp.net cloudflare.net cloudfront.net
cloudfunctions.net core.windows.net deno.dev firebaseapp.com fly.dev github.io gitlab.io glitch.me hf.space
herokuapp.com loca.lt netlify.app ngrok-free.app ngrok-free.dev ngrok.app ngrok.io onrender.com pages.dev
r2.dev railway.app repl.co replit.app run.app service.signalr.net streamlit.app supabase.co surge.sh trycloudflare.com
up.railway.app vercel.app web.app webpubsub.azure.com workers.dev
"""
"""Domains of hosting services."""
_SUFFIXES: Final = frozenset(_HOSTING.split())
_REGIONAL: Final = (".amazonaws.com", ".azurecontainerapps.io", ".cloudapp.azure.com", ".run.app")
"""Below these, customers share the domain of a region."""


def covers(domain: str, host: str) -> bool:
    """Whether a cookie with a ``Domain`` is for a host.

    Args:
        domain: In lower case, without the leading dot.
        host: In lower case, without a port.
    """
    return not is_public_suffix(domain) and (host == domain or (host.endswith(f".{domain}") and not _is_address(host)))


def is_public_suffix(domain: str) -> bool:
    """Whether the subdomains of a domain belong to different owners."""
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels) or domain in _SUFFIXES or domain.endswith(_REGIONAL):
        return True
    return len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVELS


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

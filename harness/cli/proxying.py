"""What ``record --proxy`` and ``replay --proxy`` share: words for people, and the verdict on who came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.cli.command import Interrupts
from harness.cli.console import fail, say
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.proxy.sessions import Proxied


class OptionError(HarnessError):
    """An option without the one that it goes with, or with one that it does not."""


def serve_proxied(
    session: Proxied, command: Sequence[str] | None, interrupts: Interrupts, more: Mapping[str, str] | None = None
) -> int:
    """Run COMMAND behind the proxy, or wait for Ctrl-C; returns COMMAND's exit code."""
    if command:
        return interrupts.run(command, {**session.env, **(more or {})})
    say("Ctrl-C ends it. Clients find the proxy by these (the URL holds its password):", "dim")
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        say(f"  export {name}={session.env[name]}")
    interrupts.wait()
    return 0


def judge(session: Proxied, code: int) -> int:
    """Say who went elsewhere, and why nobody came if nobody did; returns the exit code."""
    for line in session.visitors.lines():
        say(line, "yellow")
    try:
        session.check()
    except HarnessError as error:
        fail(str(error))
        return code or 1
    return code

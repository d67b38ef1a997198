"""One client in one scenario."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from fake_server import serve
from fake_server.script import Config, Script
from fake_server.service.dialect import DIALECTS
from fake_server.service.naming import Names, anonymous_cookie
from harness.sessions import recording, replaying
from provider.wire import endpoints
from tests.real_clients.namespace import HOST
from tests.real_clients.scenarios import REPLAYED, FailedError
from tests.real_clients.service import running

PATIENCE = 60


@dataclass(frozen=True)
class Cell:
    """What became of it.

    Attributes:
        outcome: ``pass``, ``fail``, ``refused`` (where the service is strict, for the very reason that is known of the
            client), or ``n/a``.
        why: In words, unless it passed.
    """

    outcome: str
    why: str = ""


def run(client, scenario, certified, *, strict=False):
    """Run it; never raises for what a client does."""
    if scenario.name in client.cannot:
        return Cell("n/a", client.cannot[scenario.name])
    with running(client, scenario, certified, strict=strict) as seen:
        told, stderr = ask(client, scenario, certified)
    if strict and client.sloppy and not scenario.before_message:
        known = [why for why in client.sloppy if any(why in line for line in seen.trace)]
        return Cell("refused", known[0]) if known else Cell("fail", f"not refused for {' or '.join(client.sloppy)}")
    try:
        scenario.look(told, seen)
    except FailedError as failed:
        return Cell("fail", f"{failed}{stderr}")
    except (KeyError, IndexError) as error:
        return Cell("fail", f"{error!r} in {str(told)[:600]}{stderr}")
    return Cell("pass")


def run_replayed(client, certified, kept):
    """Record its session by the relay, play that to it with the service gone, and compare what it brought home."""
    scenario = replace(REPLAYED, token=None) if "signed in" in client.cannot else REPLAYED
    place = {"port": 443, "tls": certified.context, "allowed_hosts": (HOST,)}
    path = kept / f"{client.name.replace(' ', '-')}.yaml"
    with serve(Script(Config(generation=client.generation))) as upstream, recording(path, upstream.url, **place):
        recorded, stderr = ask(client, scenario, certified)
    with replaying(path, **place) as server:
        replayed, _ = ask(client, scenario, certified)
        report = server.report()
    try:
        scenario.look(recorded, None)
    except FailedError as failed:
        return Cell("fail", f"while recording: {failed}{stderr}")
    if replayed != recorded:
        return Cell("fail", f"recorded {recorded}, replayed {replayed}\n{report.text()}")
    return Cell("pass") if report.ok else Cell("fail", report.text())


def ask(client, scenario, certified):
    """What its driver says, in a folder and a home of its own."""
    known_by_cookie = client.anonymous_cookie and scenario.token is None
    with tempfile.TemporaryDirectory() as home:
        bundle = Path(home) / "authorities.pem"
        bundle.write_bytes(certified.authority)
        asked = {
            "prompts": scenario.prompts,
            "model": scenario.model,
            "token": scenario.token,
            "image": scenario.image,
            "cookies": _anonymous(client.generation) if known_by_cookie else {"MUID": "0" * 32},
            "authorities": str(bundle),
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "SSL_CERT_FILE": str(bundle),
            "NODE_EXTRA_CA_CERTS": str(bundle),
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        try:
            done = subprocess.run(
                client.command(certified),
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                cwd=home,
                env=environment,
                check=False,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return {"turns": [], "error": {"type": "Timeout", "text": f"no answer within {PATIENCE} s"}}, ""
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return {"turns": [], "error": {"type": "Crash", "text": done.stdout[-300:]}}, f"\n{done.stderr[-1500:]}"


def _anonymous(generation):
    """The cookie that the service has given to this browser at another time."""
    value = anonymous_cookie(0, Names(0, "cookie", "real-clients"), DIALECTS[generation].start)
    return {endpoints.ANONYMOUS_COOKIE: value}

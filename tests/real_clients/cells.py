"""One client in one scenario."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, replace

from fake_server import serve
from fake_server.script import Config, Script
from fake_server.service.deterministic import SeededIds, anonymous_cookie
from fake_server.service.dialect import DIALECTS
from provider.wire import endpoints
from tests.real_clients.scenarios import REPLAYED, FailedError
from tests.real_clients.service import running

PATIENCE = 60
LESS_PATIENCE = 8
"""Seconds: for what is known not to come to an end."""


@dataclass(frozen=True)
class Cell:
    """What became of it.

    Attributes:
        outcome: ``pass``, ``fail``, ``refused`` (where the service is strict, for the very reason that is known of the
            client), or ``n/a``.
        why: In words, unless it passed.
        raised: What the client raised, by the type's name; empty if nothing.
    """

    outcome: str
    why: str = ""
    raised: str = ""


def run(client, scenario, certified, way, *, strict=False):
    """Run it; never raises for what a client does."""
    closed = way.closed_to(client)
    if closed:
        return Cell("n/a", closed)
    cannot = client.cannot.get(scenario.name)
    if cannot and strict:
        return Cell("n/a", cannot.why)
    with running(client, scenario, way, strict=strict) as (seen, entrance):
        told, stderr = ask(client, scenario, certified, entrance, patience=LESS_PATIENCE if cannot else PATIENCE)
    return judge(client, scenario, told, seen, strict=strict, stderr=stderr)


def judge(client, scenario, told, seen, *, strict=False, stderr=""):
    """What is to be said of what it brought home.

    What a client cannot do has been tried, too: it fails where that does not show.
    """
    raised = told["error"]["type"] if told["error"] else ""
    if strict and client.sloppy and not scenario.before_message:
        return Cell(*_refusal(client, told, seen), raised)
    try:
        cannot = client.cannot.get(scenario.name)
        if cannot:
            shown = cannot.shows(told, seen)
            return Cell("n/a" if shown else "fail", cannot.why if shown else f"not so: {cannot.why}: {told}", raised)
        scenario.look(told, seen)
    except FailedError as failed:
        return Cell("fail", f"{failed}{stderr}", raised)
    except (KeyError, IndexError) as error:
        return Cell("fail", f"{error!r} in {str(told)[:600]}{stderr}", raised)
    wanted = client.raises.get(scenario.name, raised)
    return Cell("pass", raised=raised) if raised == wanted else Cell("fail", f"raised {raised}, not {wanted}", raised)


def _refusal(client, told, seen):
    """Outcome, and why, where a sloppy client came to a strict service."""
    known = [each.about for each in client.sloppy if any(each.about in line for line in seen.trace)]
    if not known:
        return "fail", f"not refused for {' or '.join(each.about for each in client.sloppy)}"
    answered = any(turn["text"] for turn in told["turns"])
    return ("fail", f"refused ({known[0]}), and answered") if answered else ("refused", known[0])


def run_replayed(client, certified, way, kept):
    """Record its session by the relay, play that to it with the service gone, and compare what it brought home."""
    closed = way.closed_to(client)
    if closed:
        return Cell("n/a", closed)
    scenario = replace(REPLAYED, token=None) if "signed in" in client.cannot else REPLAYED
    path = kept / f"{client.name.replace(' ', '-')}.yaml"
    upstream = serve(Script(Config(generation=client.generation)))
    with upstream, way.recording(path, upstream.url) as entrance:
        recorded, stderr = ask(client, scenario, certified, entrance)
    try:
        scenario.look(recorded, None)
    except FailedError as failed:
        return Cell("fail", f"while recording: {failed}{stderr}")
    with way.replaying(path) as entrance:
        replayed, _ = ask(client, scenario, certified, entrance)
        report = entrance.server.report()
    if replayed != recorded:
        return Cell("fail", f"recorded {recorded}, replayed {replayed}\n{report.text()}")
    return Cell("pass") if report.ok else Cell("fail", report.text())


def ask(client, scenario, certified, entrance, patience=PATIENCE):
    """What its driver says, in a folder and a home of its own."""
    known_by_cookie = client.anonymous_cookie and scenario.token is None
    with tempfile.TemporaryDirectory() as home:
        asked = {
            "prompts": scenario.prompts,
            "model": scenario.model,
            "token": scenario.token,
            "image": scenario.image,
            "cookies": _anonymous(client.generation) if known_by_cookie else {"MUID": "0" * 32},
            "authorities": entrance.authorities,
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            **entrance.environment,
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
                timeout=patience,
            )
        except subprocess.TimeoutExpired:
            return {"turns": [], "error": {"type": "Timeout", "text": f"no answer within {patience} s"}}, ""
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return {"turns": [], "error": {"type": "Crash", "text": done.stdout[-300:]}}, f"\n{done.stderr[-1500:]}"


def _anonymous(generation):
    """The cookie that the service has given to this browser at another time."""
    value = anonymous_cookie(0, SeededIds(0, "cookie", "real-clients"), DIALECTS[generation].start)
    return {endpoints.ANONYMOUS_COOKIE: value}

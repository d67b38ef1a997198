"""A recording of ``wiretape record``, from its start to the lines about its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.cli.command import Interrupts, check_visitors, environment, serve_proxied, users_token
from harness.cli.console import fail, say
from harness.cli.entrance import Entrance
from harness.cli.left_out import report_left_out
from harness.cli.live_page import live_page
from harness.cli.upstreams import Target, announce_upstreams

if TYPE_CHECKING:
    from harness.cassette.model import Cassette
    from harness.errors import HarnessError
    from harness.faults.plan import ArmedRules
    from harness.profile import ServiceProfile
    from harness.record.options import RecordingOptions
    from harness.sessions import RecordingServer

LOST: Final = 3
"""Exit code if something is missing from the cassette for the recorder's own reasons."""


@dataclass(frozen=True, slots=True)
class Run:
    """What to record, and how.

    Attributes:
        output: The cassette to write.
        target: The upstreams.
        command: The client to run; without it the server runs until Ctrl-C.
        entrance: How clients reach the server.
        recording: How the session is recorded and saved.
        impersonate: Browser that the relay imitates; None to forward COMMAND's own headers.
        verify: PEM file of the authority to trust; None for the system's.
        faults: Fault rules, applied to what the client receives.
        service: The service's profile.
        view: Whether a page shows the session while it is recorded.
    """

    output: Path
    target: Target
    command: list[str] | None
    entrance: Entrance
    recording: RecordingOptions
    impersonate: str | None
    verify: str | None
    faults: ArmedRules
    service: ServiceProfile
    view: bool = False

    @property
    def upstream(self) -> str:
        """URL of the main upstream."""
        return self.target.url

    @property
    def upstreams(self) -> dict[str, str]:
        """The further upstreams, name -> URL."""
        return self.target.further(self.service)

    def keywords(self) -> dict[str, Any]:
        """Keyword arguments of `harness.sessions.recording` and `harness.proxy.sessions.proxied_recording`."""
        from provider.transport.types import Settings

        return {
            "settings": Settings(verify=self.verify or True),
            "impersonate": self.impersonate,
            "profile": self.service,
            "token": users_token(self.upstream) if self.command and self.service.token_variable else None,
            "options": self.recording,
            "faults": self.faults,
        }


def record_served(run: Run) -> int:
    """Record clients that use the local server's base URL; returns the exit code."""
    from harness.services.environment import placeholder_environment
    from harness.sessions import recording

    code = 0
    with (
        Interrupts() as interrupts,
        run.entrance.opened(run.upstream) as opened,
        recording(
            run.output, run.upstream, upstreams=run.upstreams, keeps_empty=False, **run.keywords(), **opened.options
        ) as running,
    ):
        interrupts.on_signal = running.interrupt
        interrupts.unwritten = lambda: _unwritten(running, run.output)
        say(f"recording {run.upstream} at {running.url} into {run.output}", "bold")
        announce_upstreams(run.upstreams, running.upstreams)
        opened.announce(running.server.port)
        with live_page(running.session if run.view else None, running.service, run.output.name):
            if run.command:
                token = placeholder_environment(running.placeholder_token, running.service)
                leading = environment(running.url, running.service, running.upstreams)
                code = interrupts.run(run.command, {**leading, **opened.env, **token})
            else:
                say("Ctrl-C ends the recording", "dim")
                interrupts.wait()
    return _finish(running, run.output, code)


def record_proxied(run: Run) -> int:
    """Record clients that use the local server as their forward proxy; returns the exit code."""
    from harness.proxy.sessions import proxied_recording

    with (
        Interrupts() as interrupts,
        proxied_recording(
            run.output,
            run.upstream,
            upstreams=run.upstreams,
            port=run.entrance.port,
            ca=run.entrance.ca,
            allowed_origins=run.entrance.origins,
            **run.keywords(),
        ) as session,
    ):
        interrupts.on_signal = session.running.interrupt
        interrupts.unwritten = lambda: _unwritten(session.running, run.output)
        hosts = " and ".join((run.upstream, *run.upstreams.values()))
        say(f"recording {hosts} by the proxy {session.address} into {run.output}", "bold")
        with live_page(session.running.session if run.view else None, session.running.service, run.output.name):
            code = serve_proxied(session, run.command, interrupts)
    if session.cassette is not None or session.running.unreached:
        code = _finish(session.running, run.output, code)
    return check_visitors(session, code)


def _unwritten(running: RecordingServer, output: Path) -> HarnessError | None:
    """The error of a process that must end before its cassette is written; None if no journal is left to recover."""
    from harness.record.errors import UnwrittenRecordingError

    return None if running.journal is None else UnwrittenRecordingError(output, running.journal)


def _finish(running: RecordingServer, output: Path, code: int) -> int:
    """Print what was recorded, or why nothing was; returns the exit code, 1 instead of 0 if nothing was."""
    if running.cassette is not None:
        from harness.record.unlisted import unlisted_hosts

        say(summary(running.cassette, output), "green")
        for sentence in unlisted_hosts(running.cassette, running.service.origins):
            say(sentence, "yellow")
        return report_left_out(running.left_out, _report_notes(running, code))
    from harness.services.environment import URL

    unchanged = f"{output} is unchanged" if output.exists() else f"{output} is not written"
    if running.unreached:
        fail(f"nothing was recorded, as {running.unreached[-1]}; {unchanged}. Check that the service runs, and its URL")
    else:
        fail(
            f"nothing was recorded: no request came to {running.url}; {unchanged}. "
            f"Does the client use the URL in {next(iter(running.service.env), URL)}?"
        )
    return _report_notes(running, code) or 1


def _report_notes(running: RecordingServer, code: int) -> int:
    """Print the recorder's notes; returns ``code``, or `LOST` if that is 0 and the recorder lost something."""
    for note in running.notes:
        say(note, "yellow")
    return code or (LOST if running.lost else 0)


def summary(cassette: Cassette, path: Path) -> str:
    """A line for people about a written cassette: what it holds, and its path."""
    from harness.cassette.model import SocketExchange

    sockets = [each for each in cassette.exchanges if isinstance(each, SocketExchange)]
    messages = sum(line.kind in {"text", "binary"} for each in sockets for line in each.messages)
    calls = len(cassette.exchanges) - len(sockets)
    parts = (_count(calls, "call"), _count(len(sockets), "socket"), _count(messages, "message"))
    cut = "" if cassette.recorded.complete else "; it was cut off, and is marked as incomplete"
    return f"recorded {', '.join(parts)} into {path}{cut}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

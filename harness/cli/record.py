"""``wiretape record``: a local server in front of the service that records what passes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cassette.files import TEMPORARY_PREFIX
from harness.cassette.model import Cassette, SocketExchange
from harness.cli.command import Interrupts, OptionError, environment, judge, serve_proxied, users_token
from harness.cli.console import fail, say
from harness.cli.entrance import AllowOrigin, Entrance, TlsName
from harness.cli.inputs import Learn, Redact, RedactPersonal, secrets_in
from harness.cli.left_out import tell
from harness.cli.play_options import Bind, Ignore, MatchOn, head_rules
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.record.options import RecordingOptions
    from harness.redact.vault import Explanation
    from harness.sessions import RecordingServer
    from provider.transport.types import Settings

LOST: Final = 3
"""Exit code of a recording that lacks something for the recorder's own reasons."""


class ExistingCassetteError(HarnessError):
    """The cassette is there already."""


def record(
    output: Annotated[Path, typer.Option("--output", "-o", help="The cassette to write.")],
    command: Annotated[
        list[str] | None, typer.Argument(help="COMMAND to run against the recording server.", metavar="[-- COMMAND...]")
    ] = None,
    upstream: Annotated[
        str, typer.Option(help="Origin of the service to record.", metavar="URL")
    ] = "https://copilot.microsoft.com",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = 0,
    force: Annotated[bool, typer.Option("--force", "-f", help="Replace a cassette that is there.")] = False,
    verify: Annotated[
        str | None, typer.Option(help="PEM file of the certificate authority to trust.", metavar="FILE")
    ] = None,
    impersonate: Annotated[
        str | None,
        typer.Option(
            help="Browser whose look the service sees, e.g. chrome; else it sees COMMAND's own.", metavar="NAME"
        ),
    ] = None,
    proxy: Annotated[bool, typer.Option("--proxy", help="Record as a forward proxy, for fixed hosts.")] = False,
    ca: Annotated[
        Path | None, typer.Option(help="With --proxy or --tls-name: keep the authority in this file.", metavar="FILE")
    ] = None,
    allow_origin: AllowOrigin = None,
    tls_name: TlsName = None,
    browser: Annotated[
        bool, typer.Option("--browser", help="Record your own session in a browser; --upstream is the page to open.")
    ] = False,
    headless: Annotated[
        bool, typer.Option("--headless", help="With --browser: without a window, until Ctrl-C.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --browser: pages, scripts and pictures, too.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Add to a cassette that is there; others may do so at the same time.")
    ] = False,
    pin_date: Annotated[
        bool,
        typer.Option("--pin-date", help="Keep a replaced cassette's date; its times too, if nothing else differs."),
    ] = False,
    durable: Annotated[
        bool,
        typer.Option(
            "--durable", help="Pass a message or line on when it is on the disk: slower, proof to power cuts."
        ),
    ] = False,
    learn: Learn = None,
    places: Redact = None,
    personal: RedactPersonal = False,
    ignore: Ignore = None,
    bind: Bind = None,
    match_on: MatchOn = None,
    explain: Annotated[
        bool, typer.Option("--explain-redaction", help="Say what was replaced and why; never what it was.")
    ] = False,
) -> None:
    r"""Record a session into a cassette.

    COMMAND finds the server in COPILOT_BASE_URL (also WIRETAPE_URL and WIRETAPE_WS_URL) and its exit code becomes
    ours. In COPILOT_TOKEN it finds a stand-in, which is replaced by your token on the way to the service: COMMAND never
    has it. With --proxy it finds a proxy in HTTPS_PROXY and the like, and whom to trust in SSL_CERT_FILE and the like;
    NO_PROXY is emptied. With --tls-name the server speaks https, and COMMAND finds whom to trust. Without COMMAND the
    server runs until Ctrl-C. Tokens, cookies and session keys are replaced before anything is written.

    With --browser a browser opens on the service's page, in a profile of wiretape's own (see `wiretape login`). What
    its pages say to the service and hear from it is recorded until you close the window.

    Ctrl-C, SIGTERM or SIGHUP end the recording, and the cassette is written; a second one stops at once. What a killed
    recording had taken in is kept in a journal: `wiretape recover` makes a cassette of it.

    Exit codes: COMMAND's; if that is 0: 1 when nothing was recorded (then nothing is written), 3 when something was
    left out of the cassette; 2 wrong usage, or the cassette could not be written.

    What --ignore, --bind and --match-on say is written into the cassette's head: each replay keeps to it, and says so.
    A cassette that is replaced leaves its own to one for which nothing is said.

    \b
    Examples:
      wiretape record -o chat.yaml -- python app.py
      wiretape record -o chat.yaml --force --pin-date --upstream http://127.0.0.1:8000 -- pytest -q
      wiretape record -o chat.yaml --merge
      wiretape record -o chat.yaml --browser
    """
    from harness.record.options import RecordingOptions, SaveOptions
    from provider.transport.types import Settings

    entrance = Entrance.of(port, allow_origin, tls_name, ca, proxy=proxy)
    _check_options(
        Given(browser=browser, proxy=proxy, command=bool(command), headless=headless, everything=everything),
        {
            "--verify": verify is not None,
            "--port": port != 0,
            "--allow-origin": bool(allow_origin),
            "--tls-name": bool(tls_name),
            "--force": force,
            "--merge": merge,
            "--pin-date": pin_date,
        },
        upstream,
    )
    _check_look(impersonate, browser=browser)
    if output.exists() and not (force or merge):
        raise ExistingCassetteError(f"{output} is there already; --force replaces it, --merge adds to it")
    _check_folder(output.parent)
    settings = Settings(verify=verify or True)
    options = RecordingOptions(
        save=SaveOptions(mode="append" if merge else "replace", pin_date=pin_date),
        durable=durable,
        secrets=secrets_in(learn),
        redact=_places(places),
        redact_personal=personal,
        rules=head_rules(ignore, bind, match_on),
        explain=_explain if explain else None,
        on_trouble=_on_trouble,
    )
    _tell_left_behind(output)
    if browser:
        from harness.cli.record_browser import record_session

        code = record_session(output, upstream, options, headless=headless, everything=everything)
    elif proxy:
        code = _record_proxied(output, upstream, command, settings, impersonate, entrance, options)
    else:
        code = _record(output, upstream, command, settings, impersonate, entrance, options)
    raise typer.Exit(code)


def _places(places: list[str] | None) -> tuple[str, ...]:
    """The places, looked at now rather than when COMMAND runs."""
    from harness.redact.detect.custom_places import CustomPlaces

    CustomPlaces(places or ())
    return tuple(places or ())


def _explain(explanations: tuple[Explanation, ...]) -> None:
    for each in explanations:
        say(str(each), "dim")
    if not explanations:
        say("nothing was replaced", "dim")


def _check_look(name: str | None, *, browser: bool) -> None:
    from provider.transport.handle import is_look

    if name is None:
        return
    if browser:
        raise OptionError("--impersonate does not go with --browser, which has a browser's look of its own")
    if not is_look(name):
        raise OptionError(
            f"--impersonate: curl_cffi has no look {name!r}; known are chrome, edge, firefox, safari, tor"
        )


def _tell(running: RecordingServer, code: int) -> int:
    """Say what the cassette does not; returns the exit code, 3 where the recorder lost something."""
    for note in running.notes:
        say(note, "yellow")
    return code or (LOST if running.lost else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How it is recorded, by the options."""

    browser: bool
    proxy: bool
    command: bool
    headless: bool
    everything: bool


def _check_options(how: Given, given: Mapping[str, bool], upstream: str) -> None:
    """Refuse what would do nothing, before anything is opened.

    Raises:
        OptionError: Options do not go together.
    """
    if (how.headless or how.everything) and not how.browser:
        raise OptionError("--headless and --all go with --browser")
    if how.browser and (how.command or how.proxy):
        raise OptionError("--browser takes neither a COMMAND nor --proxy")
    if how.browser and (
        unused := [name for name in ("--verify", "--port", "--allow-origin", "--tls-name") if given[name]]
    ):
        raise OptionError(f"{unused[0]} does nothing with --browser: the browser connects by itself")
    if given["--verify"] and upstream.lower().startswith("http:"):
        raise OptionError("--verify does nothing with an upstream of http: there is no certificate")
    if given["--merge"] and given["--force"]:
        raise OptionError("--merge adds to a cassette and --force replaces it: say one of them")
    if given["--merge"] and given["--pin-date"]:
        raise OptionError("--pin-date goes with --force: what is merged keeps the dates of both")


def _on_trouble(problem: str) -> None:
    """From the thread that records, while COMMAND runs."""
    fail(problem)


def _check_folder(folder: Path) -> None:
    """Now, rather than when an hour has been recorded."""
    if not folder.is_dir():
        raise ExistingCassetteError(f"{folder} is no folder")
    try:
        tempfile.TemporaryFile(dir=folder, prefix=TEMPORARY_PREFIX).close()
    except OSError as error:
        raise ExistingCassetteError(f"{folder} cannot be written: {error.strerror}") from error


def _tell_left_behind(output: Path) -> None:
    from harness.record.state_dir import orphaned_journals, tidy, tidy_beside

    tidy()
    tidy_beside(output)
    for each in orphaned_journals(output):
        say(f"an earlier recording of {output} was cut: wiretape recover {each.path}", "yellow")


def _record(
    output: Path,
    upstream: str,
    command: list[str] | None,
    settings: Settings,
    impersonate: str | None,
    entrance: Entrance,
    options: RecordingOptions,
) -> int:
    from harness.proxy.client_env import stand_in_for_token
    from harness.sessions import recording

    code = 0
    token = users_token(upstream) if command else None
    with (
        Interrupts() as interrupts,
        entrance.opened(upstream) as opened,
        recording(
            output,
            upstream,
            settings=settings,
            impersonate=impersonate,
            token=token,
            keeps_empty=False,
            options=options,
            **opened.options,
        ) as running,
    ):
        interrupts.on_signal = running.interrupt
        say(f"recording {upstream} at {running.url} into {output}", "bold")
        opened.tell(running.server.port)
        if command:
            code = interrupts.run(
                command, {**environment(running.url), **opened.env, **stand_in_for_token(running.stand_in)}
            )
        else:
            say("Ctrl-C ends the recording", "dim")
            interrupts.wait()
    return _told(running, output, code)


def _told(running: RecordingServer, output: Path, code: int) -> int:
    """Say what became of a recording; the exit code."""
    if running.cassette is not None:
        say(summary(running.cassette, output), "green")
        return tell(running.left_out, _tell(running, code))
    stays = f"{output} stays as it was" if output.exists() else f"{output} is not written"
    if running.unreached:
        fail(f"nothing was recorded, as {running.unreached[-1]}; {stays}")
    else:
        fail(f"nothing was recorded: no request came to {running.url}; {stays}. Did the client go to COPILOT_BASE_URL?")
    return _tell(running, code) or 1


def _record_proxied(
    output: Path,
    upstream: str,
    command: list[str] | None,
    settings: Settings,
    impersonate: str | None,
    entrance: Entrance,
    options: RecordingOptions,
) -> int:
    from harness.proxy.sessions import proxied_recording

    token = users_token(upstream) if command else None
    with (
        Interrupts() as interrupts,
        proxied_recording(
            output,
            upstream,
            settings=settings,
            impersonate=impersonate,
            token=token,
            port=entrance.port,
            ca=entrance.ca,
            allowed_origins=entrance.origins,
            options=options,
        ) as session,
    ):
        interrupts.on_signal = session.running.interrupt
        say(f"recording {upstream} by the proxy {session.address} into {output}", "bold")
        code = serve_proxied(session, command, interrupts)
    if session.cassette is not None or session.running.unreached:
        code = _told(session.running, output, code)
    return judge(session, code)


def summary(cassette: Cassette, path: Path) -> str:
    """One line about a finished recording."""
    sockets = [each for each in cassette.exchanges if isinstance(each, SocketExchange)]
    messages = sum(line.kind in {"text", "binary"} for each in sockets for line in each.messages)
    calls = len(cassette.exchanges) - len(sockets)
    parts = (_count(calls, "call"), _count(len(sockets), "socket"), _count(messages, "message"))
    cut = "" if cassette.recorded.complete else "; it was cut, and says so"
    return f"recorded {', '.join(parts)} into {path}{cut}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

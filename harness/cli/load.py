"""``wiretape load``: many clients of one cassette at once, against a service on this machine."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.cli.play import (
    ClientChoices,
    Deadline,
    FreshIds,
    FurtherUpstreams,
    Limit,
    PlayOptionError,
    Secrets,
    SendPlaceholders,
    To,
    prepared_client,
)

if TYPE_CHECKING:
    from harness.load_generator.run import LoadResult, LoadSecond

HELP: Final = command_help(
    "Play a cassette's client many times at once to a service on this machine, and measure it.",
    examples="""
        wiretape load chat.yaml --to http://127.0.0.1:8000 --users 50 --duration 60
        wiretape load chat.yaml --to http://127.0.0.1:8000 --users 200 --workers 4 --ramp 20 --html load.html
        wiretape load chat.yaml --to http://127.0.0.1:8000 --users 10 --passes 20 --speed instant --json
        """,
    about="""
        Each user plays the session again and again, on connections of its own, as `wiretape play` does once. The
        report has percentiles of the time to the first token, of the gaps between pieces, and of turns, responses and
        sessions. Hosts of other machines are refused. For load from several machines, docs/play.md has a Locust user.
        """,
    exit_codes="0 all sessions went as recorded; 1 more failed than --allow-failed; 2 wrong usage, a secret is "
    "missing, or the cassette cannot be read",
)

Users: TypeAlias = Annotated[
    int, typer.Option("--users", "-u", help="Clients that act at the same time.", min=1, max=20000, metavar="NUMBER")
]
Workers: TypeAlias = Annotated[
    int, typer.Option("--workers", help="Processes that share the users.", min=1, max=64, metavar="NUMBER")
]
Duration: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--duration", help="No session begins after so long; without --passes 10.", min=0.1, metavar="SECONDS"
    ),
]
Passes: TypeAlias = Annotated[
    int | None, typer.Option("--passes", help="Sessions of each user.", min=1, metavar="NUMBER")
]
Ramp: TypeAlias = Annotated[
    float, typer.Option(help="The users begin one after another within this time.", min=0.0, metavar="SECONDS")
]
ActSpeed: TypeAlias = Annotated[
    str, typer.Option("--speed", help="How fast a client acts: recorded, instant, or a factor.", metavar="SPEED")
]
AllowFailed: TypeAlias = Annotated[
    float, typer.Option(help="Per cent of the sessions that may fail.", min=0.0, max=100.0, metavar="PERCENT")
]
Watch: TypeAlias = Annotated[
    int | None,
    typer.Option("--watch", help="Measure memory and descriptors of the server's process (Linux).", metavar="PID"),
]
HtmlPage: TypeAlias = Annotated[
    Path | None, typer.Option("--html", help="Write the report as a page with charts.", metavar="FILE")
]

SvgPicture: TypeAlias = Annotated[
    Path | None, typer.Option("--svg", help="Write the charts as one picture.", metavar="FILE")
]


def load(
    cassette: options.Cassette,
    to: To,
    users: Users = 10,
    workers: Workers = 1,
    duration: Duration = None,
    passes: Passes = None,
    ramp: Ramp = 0.0,
    speed: ActSpeed = "recorded",
    upstream: FurtherUpstreams = None,
    secret: Secrets = None,
    send_placeholders: SendPlaceholders = False,
    fresh_ids: FreshIds = False,
    deadline: Deadline = 10.0,
    limit: Limit = 600.0,
    profile: options.Profile = None,
    allow_failed: AllowFailed = 0.0,
    watch: Watch = None,
    html: HtmlPage = None,
    svg: SvgPicture = None,
    as_json: options.AsJson = False,
) -> None:
    """Play a cassette's client many times at once."""
    from harness.load_generator import report
    from harness.load_generator.process_watch import ProcessWatch
    from harness.load_generator.run import run_load

    for each in (html, svg):
        _check_folder(each)
    choices = ClientChoices(
        to, upstream, secret, speed, deadline, limit, None, profile,
        sends_placeholders=send_placeholders, fresh_ids=fresh_ids,
    )  # fmt: skip
    prepared_client(cassette, choices)  # what is wrong with the options is said once, before a worker starts
    seconds = duration if duration is not None or passes is not None else 10.0
    plan = {"passes": passes, "seconds": seconds, "ramp": ramp, "grace": deadline}
    order = {"cassette": str(cassette), "choices": asdict(choices)}
    shares = [users // workers + (number < users % workers) for number in range(workers)]
    orders = [{**order, "plan": {**plan, "users": share}} for share in shares if share]
    result = run_load(orders, _progress, None if watch is None else ProcessWatch(watch))
    _print(result, as_json=as_json)
    failed = _has_failed(result, allow_failed)
    say(report.summary(result), "red" if failed else "green")
    _write(result, cassette.name, html, svg)  # after what is printed: the disk may be full
    raise typer.Exit(130 if result.interrupted else 1 if failed else 0)


def _check_folder(html: Path | None) -> None:
    """Raise an error before the load begins if its page could not be written after it."""
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise PlayOptionError(f"cannot write {html}: {'it is a folder' if html.is_dir() else 'its folder is missing'}")


def _write(result: LoadResult, title: str, html: Path | None, svg: Path | None) -> None:
    from harness.load_generator import report
    from harness.load_generator.charts import load_svg
    from harness.whole_files import write_whole

    if svg is not None:
        write_whole(svg, load_svg(result, title))
        say(f"wrote {svg}", "dim")
    if html is not None:
        write_whole(html, report.page(result, title))
        say(f"wrote {html}: open it in a browser", "dim")


def _print(result: LoadResult, *, as_json: bool) -> None:
    from harness.load_generator import report

    if as_json:
        sys.stdout.write(json.dumps(report.as_data(result), indent=2) + "\n")
    else:
        sys.stdout.write(report.table(result))
    for each in report.warnings(result):
        say(each, "yellow")
    if result.watched:
        say(report.watched(result))


def _has_failed(result: LoadResult, allowed: float) -> bool:
    whole: Any = result.whole
    return not whole.sessions or whole.failed / whole.sessions * 100 > allowed


def _progress(second: LoadSecond, result: LoadResult) -> None:
    if not sys.stderr.isatty():
        return
    late = second.measures.of("first token").percentile(0.95)
    say(
        f"{second.number:>4} s: {second.active} users, {second.measures.sessions} sessions, "
        f"{result.whole.failed} failed so far, first token p95 {late:.1f} ms",
        "dim",
    )

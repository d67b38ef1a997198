"""``wiretape show``: a cassette as a timeline."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from harness.cli import options
from harness.cli.command import OptionConflictError
from harness.cli.console import stdout
from harness.cli.help_text import command_help
from harness.cli.left_out import lines
from harness.cli.profiles import own_profiles, profile_of
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.cassette.model import Cassette
    from harness.compare.timeline import TimelineEntry

HELP: Final = command_help(
    "Show a cassette as a timeline.",
    examples="""
        wiretape show hello.yaml
        wiretape show --full hello.yaml
        wiretape show --mermaid hello.yaml > hello.mmd
        wiretape show --perfetto hello.yaml > hello.json
        wiretape show --json hello.yaml | jq '.[] | select(.name == "done")'
        """,
    about="""
        A line has the time, the pause before it, the number of its exchange, the direction (> client, < server,
        ! recorder) and the content. Overlapping exchanges are interleaved. Pieces of one text share a line, with
        their number. Each event of a stream has a line, with its name and id.

        --mermaid prints a sequence diagram, which GitHub draws in a code block of the language `mermaid`; --perfetto
        prints a trace for ui.perfetto.dev or chrome://tracing, which read it on this machine.
        """,
    exit_codes="0 shown; 2 the cassette cannot be read",
)
_DIRECTIONS = {"<": "green", ">": "cyan", "!": "yellow"}
_LONG_GAP = 1_000_000
_REFUSED = 400
_ALL = 1 << 30


def show(
    cassette: options.Cassette,
    width: Annotated[int, typer.Option(help="Characters of each message; 0 for all.", min=0, metavar="NUMBER")] = 160,
    full: Annotated[
        bool, typer.Option("--full", help="Print each message in full and separately, with headers.")
    ] = False,
    as_json: options.AsJson = False,
    as_mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print a sequence diagram in Mermaid's language.")
    ] = False,
    as_trace: Annotated[bool, typer.Option("--perfetto", help="Print a trace in Chrome's JSON format.")] = False,
) -> None:
    """Show a cassette as a timeline."""
    from harness.cassette.store import load
    from harness.redact.cassettes import redact_cassette
    from harness.redact.engine import Redactor
    from harness.services.choice import every_service

    if as_json + as_mermaid + as_trace > 1:
        raise OptionConflictError("--json, --mermaid and --perfetto are three forms: give one of them")
    # A cassette that was written by hand or by an older version may hold secrets.
    console, loaded = stdout(), redact_cassette(Redactor(every_service(own_profiles())), load(cassette))
    if as_json:
        console.print(json.dumps(list(as_data(loaded)), ensure_ascii=True, indent=2))
        return
    if as_mermaid or as_trace:
        typer.echo("\n".join(picture(loaded, _ALL if full else width or _ALL, as_trace=as_trace)))
        return
    for line in describe(loaded, _ALL if full else width or _ALL, full=full):
        console.print(line)


def picture(cassette: Cassette, width: int, *, as_trace: bool) -> Iterator[str]:
    """The lines of a picture for other programs: of a trace for Perfetto, else of a sequence diagram for Mermaid."""
    from harness.compare.mermaid import sequence_diagram
    from harness.compare.perfetto import trace

    profile = profile_of(cassette.recorded.origin)
    if as_trace:
        yield json.dumps(trace(cassette, profile, width=width), ensure_ascii=True, indent=1)
    else:
        yield from sequence_diagram(cassette, profile, width=width)


def as_data(cassette: Cassette) -> Iterator[dict[str, object]]:
    """The timeline for programs: seconds, and payloads as text, or as base64 if they are not UTF-8."""
    from harness.compare.timeline import timeline

    for each in timeline(cassette, profile_of(cassette.recorded.origin), joined=False):
        data: dict[str, object] = {
            "at": each.at / 1e6,
            "exchange": each.exchange,
            "direction": each.direction,
            "kind": each.kind,
            "name": each.name,
        }
        if each.id:
            data["id"] = each.id
        if each.headers:
            data["headers"] = [list(pair) for pair in each.headers]
        if each.code is not None:
            data["code"] = each.code
        if each.file is not None:
            data["file"] = each.file
        elif each.data:
            data |= _payload_data(each.data)
        yield data


def _payload_data(payload: bytes) -> dict[str, object]:
    try:
        return {"text": payload.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(payload).decode()}


def describe(cassette: Cassette, width: int, *, full: bool = False) -> Iterator[Text]:
    """The lines of the timeline; each text of the cassette on one line, with escaped control characters."""
    from harness.compare.timeline import timeline

    recorded = cassette.recorded
    state = "" if recorded.complete else ", cut"
    head = f"recorded {recorded.at} by {recorded.by} from {recorded.origin or 'unknown'}{state}"
    yield Text(one_line(head, width), style="bold")
    if cassette.redacted:
        yield Text(one_line(f"redacted: {', '.join(cassette.redacted)}", width), style="dim")
    yield from (Text(one_line(line, width), style="yellow") for line in lines(cassette.left_out))
    yield Text("")
    before: int | None = None
    for each in timeline(cassette, profile_of(cassette.recorded.origin), joined=not full):
        yield _row(each, 0 if before is None else each.at - before, width)
        yield from _headers(each, width) if full else ()
        before = each.until


def _row(each: TimelineEntry, gap: int, width: int) -> Text:
    is_opening = each.kind in ("request", "answer", "aborted")
    return Text.assemble(
        (f"{each.at / 1e6:11.6f} ", "dim"),
        (f"{_pause(gap):>8} ", "yellow" if gap >= _LONG_GAP else "dim"),
        (f"#{each.exchange:<3}", "bold" if is_opening else "dim"),
        (f"{each.direction} ", _DIRECTIONS[each.direction]),
        (f"{one_line(_title(each), width)} ", _shade(each)),
        one_line(_content(each), width),
    )


def _pause(gap: int) -> str:
    """A pause of so many microseconds, in seconds or milliseconds."""
    if gap < 1000:
        return ""
    return f"+{gap / 1e6:.2f} s" if gap >= _LONG_GAP else f"+{gap // 1000} ms"


def _title(each: TimelineEntry) -> str:
    code = "" if each.code is None else f" {each.code}"
    if each.kind == "text":
        number = f" (id {each.id})" if each.id else ""
        return f"{each.name or 'text'}{number}{f' ×{each.count}' if each.count > 1 else ''}"
    if each.kind in ("request", "answer"):
        return each.name
    return f"{each.kind}{code} {each.name}".rstrip()


def _shade(each: TimelineEntry) -> str:
    if each.kind == "answer":
        return "red" if int(each.name[:3]) >= _REFUSED else "green"
    if each.kind == "request":
        return "bold"
    return "magenta" if each.kind == "text" else "yellow"


def _content(each: TimelineEntry) -> str:
    if each.text is not None and each.count > 1:
        return f"{json.dumps(each.text, ensure_ascii=False)} in {(each.until - each.at) / 1e3:.1f} ms"
    return _payload(each.data, each.file)


def _headers(each: TimelineEntry, width: int) -> Iterator[Text]:
    for name, value in each.headers:
        yield Text(" " * 26 + one_line(f"{name}: {value}", width), style="dim")


def _payload(payload: bytes, file: str | None) -> str:
    if file is not None:
        return f"[{len(payload)} bytes in {file}]"
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return f"[{len(payload)} bytes] {payload[:32].hex()}"

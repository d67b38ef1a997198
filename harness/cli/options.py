"""The options that commands share, and the many of `record`: each is one line in a command's signature."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

UPSTREAM: Final = "https://copilot.microsoft.com"

# ------------------------------------------------------------------ files
Cassette: TypeAlias = Annotated[Path, typer.Argument(help="A cassette.")]
Paths: TypeAlias = Annotated[
    list[Path], typer.Argument(help="Cassettes, HAR files, or folders of them.", metavar="PATH...")
]
Force: TypeAlias = Annotated[bool, typer.Option("--force", "-f", help="Replace an existing file.")]
InPlace: TypeAlias = Annotated[bool, typer.Option("--in-place", "-i", help="Change the files themselves.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

# ------------------------------------------------------------------ the local server
Command: TypeAlias = Annotated[
    list[str] | None, typer.Argument(help="A program to run as the client.", metavar="-- COMMAND")
]
Upstream: TypeAlias = Annotated[str, typer.Option(help="Base URL of the service.", metavar="URL")]
RecordUpstream: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--upstream",
        help="Base URL of the service, by default the profile's; NAME=URL for each further host that it names.",
        metavar="[NAME=]URL",
    ),
]
Profile: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="A profile that is built in or in wiretape.toml; by default the one of the host.",
        metavar="NAME",
    ),
]
Env: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        help="Set this variable of COMMAND to the server's URL: NAME={url}/v1. Repeatable.",
        metavar="NAME=VALUE",
    ),
]
Port: TypeAlias = Annotated[
    int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535, metavar="NUMBER")
]
Proxy: TypeAlias = Annotated[
    bool, typer.Option("--proxy", help="Serve as a forward proxy, for clients whose host cannot be changed.")
]
Ca: TypeAlias = Annotated[
    Path | None,
    typer.Option(help="With --proxy or --tls-name: keep the certificate authority in this file.", metavar="FILE"),
]
AllowOrigin: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-origin", help="Allow pages of this origin to use the server (CORS). Repeatable.", metavar="ORIGIN"
    ),
]
TlsName: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--tls-name", help="Serve https under this host name, too. Repeatable.", metavar="NAME"),
]

View: TypeAlias = Annotated[
    bool, typer.Option("--view", help="Print the URL of a page that shows each message as it passes.")
]
Fault: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        help="A fault in what the client gets: 'cut after 3 messages of /chat'; see `wiretape faults`. Repeatable.",
        metavar="RULE",
    ),
]

Hooks: TypeAlias = Annotated[
    Path | None,
    typer.Option("--hooks", help="Run this file: its functions do what a profile cannot.", metavar="FILE.py"),
]

# ------------------------------------------------------------------ recording
Output: TypeAlias = Annotated[Path, typer.Option("--output", "-o", help="The cassette to write.", metavar="FILE")]
Verify: TypeAlias = Annotated[
    str | None, typer.Option(help="PEM file of the certificate authority to trust.", metavar="FILE")
]
Impersonate: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Connect to the service as this browser, e.g. chrome; else as COMMAND does.", metavar="NAME"),
]
TokenFor: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--token-for", help="Send your stored token to this host, too; else only to Copilot's.", metavar="HOST"
    ),
]
Browser: TypeAlias = Annotated[
    bool, typer.Option("--browser", help="Record your own session in a browser; --upstream is the page to open.")
]
Headless: TypeAlias = Annotated[
    bool, typer.Option("--headless", help="With --browser: open no window; Ctrl-C ends the recording.")
]
Everything: TypeAlias = Annotated[
    bool, typer.Option("--all", help="With --browser: record pages, scripts and pictures, too.")
]
Merge: TypeAlias = Annotated[
    bool, typer.Option("--merge", help="Add to an existing cassette; other processes may do so at the same time.")
]
PinDate: TypeAlias = Annotated[
    bool,
    typer.Option("--pin-date", help="Keep the date of a replaced cassette; its times too, if nothing else differs."),
]
Durable: TypeAlias = Annotated[
    bool,
    typer.Option("--durable", help="Write each message to disk before passing it on: slower, survives power cuts."),
]
Twice: TypeAlias = Annotated[
    bool, typer.Option("--twice", help="Record COMMAND two times, and suggest a profile from both takes.")
]
Check: TypeAlias = Annotated[
    bool, typer.Option("--check", help="With --twice: replay the first take to a third run, by the suggested rules.")
]
Explain: TypeAlias = Annotated[
    bool, typer.Option("--explain-redaction", help="List what was replaced and why, never the value.")
]

# ------------------------------------------------------------------ redaction
Learn: TypeAlias = Annotated[
    Path | None,
    typer.Option("--learn", help="A file of further secrets, one a line; they are replaced anywhere.", metavar="FILE"),
]
Redact: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--redact",
        help="A further place of secrets: query.NAME, form.NAME, header.NAME, json.a.b[*].c, message.a, path[2].",
        metavar="PLACE",
    ),
]
RedactPersonal: TypeAlias = Annotated[
    bool, typer.Option("--redact-personal", help="Replace telephone numbers, birth dates, names and device ids, too.")
]

# ------------------------------------------------------------------ matching
Ignore: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore", help="Do not compare the value at this place: query.t, json.items[*].id, path[2].", metavar="PLACE"
    ),
]
Bind: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--bind",
        help="Accept any value at this place, and expect it wherever the recorded one stands.",
        metavar="PLACE",
    ),
]
MatchOn: TypeAlias = Annotated[
    str | None,
    typer.Option("--match-on", help="Parts to compare, with commas: method,path,query,body,headers,messages.",
                 metavar="NAMES")]  # fmt: skip
NoAutoBind: TypeAlias = Annotated[
    bool, typer.Option("--no-auto-bind", help="Do not accept generated values of the client for the recorded ones.")
]
StrictOrder: TypeAlias = Annotated[
    bool, typer.Option("--strict-order", help="Require requests and messages in the recorded order.")
]

# ------------------------------------------------------------------ feeds
Loop: TypeAlias = Annotated[
    bool, typer.Option("--loop", help="Play the cassette again and again, for any number of clients.")
]
From: TypeAlias = Annotated[
    str | None, typer.Option("--from", help="Begin the feeds at this time: seconds, M:SS or H:MM:SS.", metavar="TIME")
]

# ------------------------------------------------------------------ age
MaxAge: TypeAlias = Annotated[
    str | None, typer.Option(help="Fail if the cassette is older, e.g. 90d or 12w.", metavar="AGE")
]
WarnAge: TypeAlias = Annotated[str | None, typer.Option(help="Warn if the cassette is older.", metavar="AGE")]

# ------------------------------------------------------------------ the live service
YesLive: TypeAlias = Annotated[bool, typer.Option("--yes-live", help="Yes, use the live service with my account.")]
Pause: TypeAlias = Annotated[
    float, typer.Option(help="Seconds between turns; at least 6 for the live service.", min=0.0, metavar="SECONDS")
]
Generation: TypeAlias = Annotated[
    str, typer.Option(help="Generation of the protocol: 2026, 2025-10 or 2025-03.", metavar="NAME")
]
Origin: TypeAlias = Annotated[
    str | None,
    typer.Option(
        help="Origin of the service in a HAR; by default its only one, or the profile's, or Copilot's.", metavar="URL"
    ),
]

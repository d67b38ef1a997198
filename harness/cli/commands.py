"""The table of commands: what ``wiretape --help`` shows of each, and where its code is.

It imports nothing, because the help, the version and a shell's completion need no command's code.
"""

from __future__ import annotations

from typing import Final, NamedTuple

SUMMARY: Final = "Record, replay and fake services that stream over REST and WebSocket."

_RECORD: Final = "Record"
_REPLAY: Final = "Replay"
_LOOK: Final = "Look"
_LOOK_AFTER: Final = "Look after"
_ACCOUNT: Final = "Account"


class ListedCommand(NamedTuple):
    """One command.

    Attributes:
        name: As the user writes it.
        panel: Heading of the help under which the command stands.
        summary: First sentence of the command's own help.
        module: Module of `harness.cli`.
        attribute: Function that runs the command, or typer application, in that module.
        help: Constant with the command's own help text; unused for an application.
    """

    name: str
    panel: str
    summary: str
    module: str
    attribute: str
    help: str = "HELP"


COMMANDS: Final = (
    ListedCommand(
        "init", _RECORD, "Write a profile, a first test and a CI job for the project in this folder.", "init", "init"
    ),
    ListedCommand("record", _RECORD, "Record a session into a cassette.", "record", "record"),
    ListedCommand(
        "recover",
        _RECORD,
        "Make cassettes of recordings that a kill, a power cut or a full disk cut off.",
        "recover",
        "recover",
    ),
    ListedCommand(
        "import",
        _RECORD,
        "Make a cassette of a HAR file or of a cassette of vcrpy, and report what the file lacks.",
        "har",
        "import_",
        "IMPORT_HELP",
    ),
    ListedCommand(
        "replay", _REPLAY, "Answer clients from a cassette; nothing leaves this machine.", "replay", "replay"
    ),
    ListedCommand(
        "serve", _REPLAY, "Run the fake service: a local Copilot, REST and WebSocket on one port.", "serve", "app"
    ),
    ListedCommand(
        "play", _REPLAY, "Play a cassette's client to a running service, and compare the answers.", "play", "play"
    ),
    ListedCommand(
        "load",
        _REPLAY,
        "Play a cassette's client many times at once to a service on this machine, and measure it.",
        "load",
        "load",
    ),
    ListedCommand(
        "sweep", _REPLAY, "Break a recorded session at every place, and judge how a program takes it.", "sweep", "sweep"
    ),
    ListedCommand("faults", _REPLAY, "List the faults that a rule can name.", "faults", "faults"),
    ListedCommand("show", _LOOK, "Show a cassette as a timeline.", "show", "show"),
    ListedCommand("view", _LOOK, "Look at a cassette in the browser.", "view", "view"),
    ListedCommand("diff", _LOOK, "Compare two cassettes by exchange and message, down to the field.", "diff", "diff"),
    ListedCommand(
        "drift", _LOOK, "Grade what recordings show of the service, compared with older ones.", "drift", "drift"
    ),
    ListedCommand("reproduce", _LOOK, "Turn a failing session into a cassette and a test.", "reproduce", "reproduce"),
    ListedCommand(
        "lint",
        _LOOK_AFTER,
        "Look for secrets in cassettes and HAR files; print where and of which kind, never the value.",
        "lint",
        "lint",
    ),
    ListedCommand(
        "redact", _LOOK_AFTER, "Replace secrets in cassettes and HAR files by placeholders.", "redact", "redact"
    ),
    ListedCommand(
        "profile", _LOOK_AFTER, "List, check and suggest the profiles that describe services.", "profile", "app"
    ),
    ListedCommand("trim", _LOOK_AFTER, "Keep some exchanges of a cassette, and leave out the others.", "trim", "trim"),
    ListedCommand(
        "export",
        _LOOK_AFTER,
        "Write a cassette as a HAR file, for browsers' developer tools, mitmproxy and others.",
        "har",
        "export",
        "EXPORT_HELP",
    ),
    ListedCommand(
        "doctor", _LOOK_AFTER, "Check this machine and this project, and say what to do.", "doctor", "doctor"
    ),
    ListedCommand("ask", _ACCOUNT, "Ask Copilot, and print the answer as it streams.", "ask", "ask"),
    ListedCommand(
        "login",
        _ACCOUNT,
        "Sign in to Copilot in a browser window, and store the token for your programs.",
        "login",
        "login",
        "LOGIN_HELP",
    ),
    ListedCommand(
        "logout",
        _ACCOUNT,
        "Delete the stored sign-in. The browser's profile stays signed in.",
        "login",
        "logout",
        "LOGOUT_HELP",
    ),
    ListedCommand(
        "live", _ACCOUNT, "Record the live service with your own account, and compare it with cassettes.", "live", "app"
    ),
)

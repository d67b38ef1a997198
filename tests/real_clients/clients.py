"""Whose clients are run, how, and what each of them cannot do."""

import sys
from dataclasses import dataclass, field

from fake_server.service.grounds import GROUNDS
from fake_server.service.objections import OBJECTIONS
from tests.real_clients.environments import DRIVERS, bundles_of, node_modules, python_of

_NO_CITATIONS = "passes citations over (docs/protocol.md §8.5)"
_NO_REASONING = "that generation shows no reasoning (docs/protocol.md §5)"
_APP_IMAGE = "reads text and citations only"
_APP_ANONYMOUS = "never signs in"
_ANONYMOUS_TURNS = "begins a conversation with every question"
_NOT_SHOWN = "reads text, citations and `done`, no other event: it waits for ever"
_TOO_EARLY = OBJECTIONS["too-early"].about
_NO_SESSION = GROUNDS["session-key"].about


@dataclass(frozen=True, kw_only=True, eq=False)
class Client:
    """One client.

    Attributes:
        generation: Which one the service speaks to it.
        command: Program and arguments of its driver, once it is installed.
        bundles: Bundles of authorities that come with it, to be replaced.
        cannot: Scenario -> why it cannot be tried with this client.
        sloppy: Which refusals of a strict service it runs into, in that service's own words, one in each scenario. Each
            has a row in docs/real-clients.md.
        anonymous_cookie: Whether it wants to be known by an anonymous cookie where it is not signed in.
    """

    name: str
    generation: str
    what: str
    cannot: dict[str, str] = field(default_factory=dict)
    sloppy: tuple[str, ...] = ()
    anonymous_cookie: bool = False
    venv: str = ""
    driver: tuple[str, ...] = ()

    def command(self, server):
        """Its driver's command line; what is missing is installed."""
        if self.venv == "node":
            return ["node", str(DRIVERS / self.driver[0]), str(node_modules().parent)]
        python = str(python_of(self.venv)) if self.venv else sys.executable
        extra = [server.key_hash if word == "KEY" else word for word in self.driver[1:]]
        return [python, str(DRIVERS / self.driver[0]), *extra]

    def bundles(self):
        """Bundles of authorities of its own."""
        return bundles_of(python_of(self.venv)) if self.venv and self.venv != "node" else []

    def install(self):
        """See that it is there."""
        self.command(_NO_SERVER)


class _NoServer:
    key_hash = ""


_NO_SERVER = _NoServer()

CLIENTS = (
    Client(
        name="g4f 0.5.0.4",
        what="Copilot and CopilotAccount: sync, curl_cffi 0.10.0",
        generation="2025-03",
        venv="g4f-0.5.0.4",
        driver=("g4f_2025_03.py",),
        cannot={"citations": _NO_CITATIONS, "reasoning text": _NO_REASONING},
    ),
    Client(
        name="g4f 7.3.0",
        what="Copilot: async, curl_cffi 0.14.0",
        generation="2025-10",
        venv="g4f-7.3.0",
        driver=("g4f_copilot.py", "g4f.Provider.Copilot"),
        anonymous_cookie=True,
        sloppy=(_TOO_EARLY,),
    ),
    Client(
        name="g4f 8.8.6",
        what="CopilotLeagcy: async, curl_cffi 0.16.3",
        generation="2026",
        venv="g4f-8.8.6",
        driver=("g4f_copilot.py", "g4f.Provider.CopilotLeagcy"),
        anonymous_cookie=True,
        sloppy=(_TOO_EARLY, _NO_SESSION),
    ),
    Client(
        name="g4f 8.8.6 app",
        what="CopilotApp: async, aiohttp 3.14.5",
        generation="2026",
        venv="g4f-8.8.6",
        driver=("g4f_app.py",),
        cannot={
            "image": _APP_IMAGE,
            "upload": _APP_IMAGE,
            "reasoning text": _APP_IMAGE,
            "error": _NOT_SHOWN,
            "challenge": _NOT_SHOWN,
            "signed in": _APP_ANONYMOUS,
            "expired": _APP_ANONYMOUS,
            "continued": _ANONYMOUS_TURNS,
        },
        sloppy=(_NO_SESSION,),
    ),
    Client(name="Node ws", what="ours: Node, ws 8.18.3", generation="2026", venv="node", driver=("node_ws.mjs",)),
    Client(name="Chromium", what="a page of ours", generation="2026", driver=("browser_page.py", "KEY")),
    *(
        Client(
            name=f"wiretape {generation}",
            what="CopilotClient",
            generation=generation,
            driver=("ours.py", generation),
            cannot={"reasoning text": _NO_REASONING} if generation == "2025-03" else {},
        )
        for generation in ("2025-03", "2025-10", "2026")
    ),
)
BY_NAME = {client.name: client for client in CLIENTS}

"""Whose clients are run, how, and what each of them cannot do."""

import sys
from dataclasses import dataclass, field

from fake_server.service.rules import MESSAGE_RULES, REQUEST_RULES, MessageRule, RequestRule
from tests.real_clients import inability
from tests.real_clients.environments import DRIVERS, bundles_of, node_modules, python_of
from tests.real_clients.inability import Cannot

_TOO_EARLY = MESSAGE_RULES["too-early"]
_NO_SESSION = REQUEST_RULES["session-key"]
_BLIND = "looks at no proxy in its environment (docs/proxy.md)"

_NO_PASSWORD = "its proxy's password can be given neither by the environment nor by the command line"
_DISTRUSTFUL = "curl_cffi 0.10.0 takes no authorities from its environment, only certifi's"


@dataclass(frozen=True, kw_only=True, eq=False)
class Client:
    """One client.

    Attributes:
        generation: Which one the service speaks to it.
        command: Program and arguments of its driver, once it is installed.
        bundles: Bundles of authorities that come with it, to be replaced.
        cannot: Scenario -> what this client cannot do in it.
        raises: Scenario -> the name of the client's own exception.
        sloppy: Which refusals of a strict service it runs into, one in each scenario. Each has a row in
            docs/real-clients.md.
        anonymous_cookie: Whether it wants to be known by an anonymous cookie where it is not signed in.
        no_door: Why it cannot come through a proxy that its environment names; empty if it can.
    """

    name: str
    generation: str
    what: str
    cannot: dict[str, Cannot] = field(default_factory=dict)
    raises: dict[str, str] = field(default_factory=dict)
    sloppy: tuple[MessageRule | RequestRule, ...] = ()
    anonymous_cookie: bool = False
    no_door: str = ""
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

_G4F = {"error": "RuntimeError", "expired": "MissingAuthError"}
_OURS = {"error": "ResponseError", "expired": "MissingAuthError", "challenge": "ChallengeRequiredError"}
_GENERATIONS = ("2025-03", "2025-10", "2026")


def _of(generation, cannot):
    """What a client of ours cannot do in that generation."""
    return {**cannot, **({"reasoning text": inability.NO_REASONING} if generation == "2025-03" else {})}


CLIENTS = (
    Client(
        name="g4f 0.5.0.4",
        what="Copilot and CopilotAccount: sync, curl_cffi 0.10.0",
        generation="2025-03",
        venv="g4f-0.5.0.4",
        driver=("g4f_2025_03.py",),
        cannot={
            "citations": inability.NO_CITATIONS,
            "reasoning text": inability.NO_REASONING,
            "solved": inability.NO_ANSWERS,
        },
        raises={**_G4F, "challenge": "RuntimeError"},
        no_door=_DISTRUSTFUL,
    ),
    Client(
        name="g4f 7.3.0",
        what="Copilot: async, curl_cffi 0.14.0",
        generation="2025-10",
        venv="g4f-7.3.0",
        driver=("g4f_copilot.py", "g4f.Provider.Copilot"),
        anonymous_cookie=True,
        cannot={"solved": inability.NO_ANSWERS},
        raises={**_G4F, "challenge": "MissingAuthError"},
        sloppy=(_TOO_EARLY,),
    ),
    Client(
        name="g4f 8.8.6",
        what="CopilotLeagcy: async, curl_cffi 0.16.3",
        generation="2026",
        venv="g4f-8.8.6",
        driver=("g4f_copilot.py", "g4f.Provider.CopilotLeagcy"),
        anonymous_cookie=True,
        cannot={"solved": inability.NO_ANSWERS},
        raises={**_G4F, "challenge": "MissingAuthError"},
        sloppy=(_TOO_EARLY, _NO_SESSION),
    ),
    Client(
        name="g4f 8.8.6 app",
        what="CopilotApp: async, aiohttp 3.14.5",
        generation="2026",
        venv="g4f-8.8.6",
        driver=("g4f_app.py",),
        cannot={
            "image": inability.NO_PICTURES,
            "upload": inability.NO_UPLOADS,
            "reasoning text": inability.NO_THOUGHTS,
            "error": inability.NO_ERRORS,
            "challenge": inability.NO_CHALLENGES,
            "solved": inability.NO_ANSWERS,
            "signed in": inability.NO_ACCOUNT,
            "expired": inability.NO_ACCOUNT,
            "continued": inability.NO_MEMORY,
        },
        sloppy=(_NO_SESSION,),
        no_door=_BLIND,
    ),
    Client(
        name="Node ws",
        what="ours: Node, ws 8.18.3",
        generation="2026",
        venv="node",
        driver=("node_ws.mjs",),
        raises={"expired": "StatusError"},
        no_door=_BLIND,
    ),
    Client(
        name="Chromium",
        what="a page of ours",
        generation="2026",
        driver=("browser_page.py", "KEY"),
        raises={"expired": "StatusError"},
        no_door=_NO_PASSWORD,
    ),
    *(
        Client(
            name=f"wiretape {generation}",
            what="CopilotClient",
            generation=generation,
            driver=("ours.py", generation),
            cannot=_of(generation, {}),
            raises=_OURS,
        )
        for generation in _GENERATIONS
    ),
    *(
        Client(
            name=f"Copilot {generation}",
            what="provider.Copilot, under the names of g4f",
            generation=generation,
            driver=("ours_by_g4fs_names.py", generation),
            cannot=_of(generation, {"solved": inability.NO_ANSWERS}),
            raises=_OURS,
        )
        for generation in _GENERATIONS
    ),
)
BY_NAME = {client.name: client for client in CLIENTS}

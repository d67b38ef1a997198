"""docs/real-clients.md says of the clients what the table is made of."""

import re

from tests.real_clients import scenarios
from tests.real_clients.clients import CLIENTS
from tests.real_clients.environments import REQUIREMENTS
from tests.support.project.tree import ROOT

PAGE = (ROOT / "docs" / "real-clients.md").read_text()


def rows(head):
    """The cells of each row of the table that begins so."""
    lines = PAGE[PAGE.index(head) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_client_is_in_the_page_with_its_generations():
    told = {name: set(re.findall("`(.+?)`", generations)) for name, _, generations in rows("| client | what it is")}
    wanted = {}
    for client in CLIENTS:
        wanted.setdefault(re.sub(r"^(wiretape|Copilot) .*", r"\1", client.name), set()).add(client.generation)
    assert told == wanted


def test_every_scenario_is_in_the_page():
    assert [name for name, *_ in rows("| scenario |")] == list(scenarios.BY_NAME)


def test_every_refusal_of_a_strict_service_is_in_the_page():
    told = {(name, cell.strip("`")) for names, _, cell in rows("| client | what it does") for name in names.split(", ")}
    wanted = {
        (client.name, str(getattr(each, "code", None) or each.status)) for client in CLIENTS for each in client.sloppy
    }
    assert told == wanted


def test_every_client_that_cannot_come_through_the_door_is_in_the_page():
    told = dict(rows("| client | why not by the door"))
    assert told == {client.name: client.no_door for client in CLIENTS if client.no_door}


def test_what_is_installed_is_pinned_to_the_last_package():
    lines = [line for file in REQUIREMENTS.glob("*.txt") for line in file.read_text().splitlines()]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []

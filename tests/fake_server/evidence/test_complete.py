"""Nothing that the fake does goes without its evidence: the tables that the code runs by are compared, one by one."""

from dataclasses import fields

import pytest

from fake_server.evidence import EVIDENCE, Group
from fake_server.scenarios.library import make_registry
from fake_server.scenarios.steps import METHODS
from fake_server.service import chat_socket
from fake_server.service.config import Config
from fake_server.service.dialect import DIALECTS, Dialect
from fake_server.service.refusals import FAULT_WORDS
from fake_server.service.routes import ABOUT, ROUTES
from fake_server.service.rules import MESSAGE_RULES, REQUEST_RULES
from fake_server.service.switches import SWITCHES
from provider.wire.commands import KNOWN_COMMANDS
from provider.wire.events import KNOWN_EVENTS
from provider.wire.generations import GENERATIONS, Generation
from tests.support.project.tree import ROOT

NAMES = {group: {each.name for each in EVIDENCE if each.group is group} for group in Group}


REFUSING = ("refusals.py", "step_handlers.py")
"""Where error events are made: of rules, and of what scenarios ask for."""


def field_names(kind):
    return {field.name for field in fields(kind)}


@pytest.mark.parametrize(
    ("group", "names"),
    [
        (Group.ENDPOINTS, {f"{route.method.replace('*', 'ANY')} {route.path_template}" for route in ROUTES}),
        (Group.REFUSALS, set(REQUEST_RULES)),
        (Group.MESSAGE_RULES, set(MESSAGE_RULES)),
        (Group.GENERATION, field_names(Generation)),
        (Group.DIALECT, field_names(Dialect)),
        (Group.SWITCHES, set(SWITCHES)),
        (Group.SETTINGS, field_names(Config)),
        (Group.SCENARIOS, {"(plain)", *(each.command for each in make_registry())}),
    ],
    ids=lambda value: value.name if isinstance(value, Group) else "",
)
def test_a_group_has_a_row_for_each_entry_of_its_table_and_no_other(group, names):
    assert NAMES[group] == names


@pytest.mark.parametrize(
    ("group", "names"),
    [
        (Group.FAULTS, set(FAULT_WORDS)),
        (Group.COMMANDS, KNOWN_COMMANDS | chat_socket.IGNORED_COMMANDS),
        (Group.EVENTS, KNOWN_EVENTS),
        (Group.CHALLENGES, set(METHODS)),
        (Group.ERRORS, {each.code for each in MESSAGE_RULES.values()}),
    ],
    ids=lambda value: value.name if isinstance(value, Group) else "",
)
def test_a_group_has_a_row_for_each_name_that_goes_over_the_wire(group, names):
    assert len(names) > 3
    assert names <= NAMES[group]


def test_error_events_are_made_where_their_reasons_stand():
    service = ROOT / "fake_server" / "service"
    texts = {path.name: path.read_text(encoding="utf-8") for path in service.glob("*.py")}
    assert {name for name, text in texts.items() if "ErrorEvent(" in text or "ChatMessageError(" in text} == set(
        REFUSING
    )


def test_codes_of_refusals_stand_in_their_rows():
    told = {each.name: each.behaviour for each in EVIDENCE if each.group is Group.REFUSALS}
    for name, rule in REQUEST_RULES.items():
        assert f": {rule.status}" in told[name]
        assert (rule.code or "") in told[name]


def test_every_switch_is_named_by_what_it_changes():
    named = {each.switch for each in EVIDENCE if each.group not in (Group.SWITCHES, Group.GENERATION, Group.DIALECT)}
    assert named - {""} == set(SWITCHES)


@pytest.mark.parametrize("group", [Group.GENERATION, Group.DIALECT])
def test_a_field_that_a_switch_sets_names_it(group):
    kind = "generation" if group is Group.GENERATION else "dialect"
    set_by = {
        field: name
        for name, switch in SWITCHES.items()
        for reading in switch.readings.values()
        for field in getattr(reading, kind)
    }
    assert {each.name: each.switch for each in EVIDENCE if each.group is group and each.switch} == set_by


def test_no_endpoint_and_no_refusal_is_the_fake_s_own_but_those_that_say_so():
    own = {each.name for each in EVIDENCE if each.group in (Group.ENDPOINTS, Group.REFUSALS) and not each.paragraph}
    assert own == {each for each in own if each.partition(" ")[2].startswith(ABOUT)}
    assert f"GET {ABOUT}" in own


def test_names_are_unique_in_their_group():
    assert len({(each.group, each.name) for each in EVIDENCE}) == len(EVIDENCE)


def test_everything_says_what_is_done():
    assert [each.name for each in EVIDENCE if not each.behaviour] == []


def test_generations_are_those_that_there_are_in_their_order():
    assert list(DIALECTS) == list(GENERATIONS)
    for each in EVIDENCE:
        assert list(each.generations) == [name for name in GENERATIONS if name in each.generations]


def test_what_never_happens_by_itself_says_how_it_does():
    assert [each.name for each in EVIDENCE if not each.generations and not (each.switch or each.note)] == []

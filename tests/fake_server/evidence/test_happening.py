"""What the evidence says of a generation is what happens there."""

import json

import pytest

from fake_server.evidence import EVIDENCE, Group
from fake_server.scenarios.library import make_registry
from fake_server.scenarios.steps import METHODS
from fake_server.service.routes import ROUTES, find_routes
from provider.wire.generations import GENERATIONS
from tests.support.clients.core_client import Talk, send, service_of

PROMPTS = ["hi", *(each.command for each in make_registry()), *(f"/challenge {method}" for method in METHODS)]


def events(transcript):
    for line in transcript:
        try:
            yield json.loads(line)["event"]
        except ValueError:
            continue  # a pause, an end, and what scenarios send that is no event


def everything_told(generation):
    service = service_of(generation=generation)
    for prompt in PROMPTS:
        socket = Talk(service)
        yield from events(socket.greeting)
        yield from events(socket.say('{"event":"ping"}', send(prompt)))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_events_of_a_generation_are_those_that_are_told_there(generation):
    known = {each.name for each in EVIDENCE if each.group is Group.EVENTS and generation in each.generations}
    assert set(everything_told(generation)) - {"wiretapeNovelty"} == known - {"any other"}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_endpoints_of_a_generation_answer_there_and_nowhere_else(generation):
    told = {each.name: each for each in EVIDENCE if each.group is Group.ENDPOINTS}
    for route in ROUTES:
        path = route.path_template.replace("{uuid}", "0" * 36).replace("{id}", "an-id").replace("{token}", "a-token")
        is_there = any(found is route for found, _ in find_routes(generation, path))
        assert is_there == (generation in told[route.name].generations), route.path_template


STREAMED = service_of(switches={"suggestions": "streamed"})


def test_switch_brings_about_what_no_generation_has():
    switched = {
        each.name
        for each in EVIDENCE
        if each.group is Group.EVENTS and each.switch == "suggestions" and not each.generations
    }
    assert switched <= set(events(Talk(STREAMED).say(send("hi"))))

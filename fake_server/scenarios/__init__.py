"""The fake's scenarios, and the steps that they are written in.

A scenario is a generator function that yields steps::

    from fake_server.scenarios import Say, scenario


    @scenario("/weather", help="the weather", argument="TOWN")
    def weather(asked):
        yield Say(f"In {asked.argument or 'town'} ")
        yield Say("the sun shines.")
"""

from fake_server.scenarios.library import make_registry
from fake_server.scenarios.registry import (
    Asked,
    Registry,
    Scenario,
    ScenarioError,
    Seen,
    UnknownScenarioError,
    WrongArgumentError,
    scenario,
    shortened,
    whole_number,
)
from fake_server.scenarios.steps import (
    Acknowledge,
    Challenge,
    Cite,
    CloseWith,
    Cut,
    Draw,
    Emit,
    ExpireToken,
    Fail,
    NextPart,
    Ping,
    Raw,
    RefuseNext,
    Replace,
    Say,
    Silence,
    Start,
    Step,
    Steps,
    Suggest,
    Think,
    Throttle,
    Title,
    Wait,
    speak,
)

__all__ = [
    "Acknowledge",
    "Asked",
    "Challenge",
    "Cite",
    "CloseWith",
    "Cut",
    "Draw",
    "Emit",
    "ExpireToken",
    "Fail",
    "NextPart",
    "Ping",
    "Raw",
    "RefuseNext",
    "Registry",
    "Replace",
    "Say",
    "Scenario",
    "ScenarioError",
    "Seen",
    "Silence",
    "Start",
    "Step",
    "Steps",
    "Suggest",
    "Think",
    "Throttle",
    "Title",
    "UnknownScenarioError",
    "Wait",
    "WrongArgumentError",
    "make_registry",
    "scenario",
    "shortened",
    "speak",
    "whole_number",
]

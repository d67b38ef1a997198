"""`Script`: a stage that plays a local Copilot, one scenario a prompt."""

from fake_server.scenarios import ScenarioError, UnknownScenarioError
from fake_server.script.loading import ScenarioFileError, load_scenarios
from fake_server.script.stage import Script
from fake_server.service.config import Config
from fake_server.service.refusals import PLACES, REFUSALS, RefusalError, check_refusal, refusal
from fake_server.service.routes import place_of

__all__ = [
    "PLACES",
    "REFUSALS",
    "Config",
    "RefusalError",
    "ScenarioError",
    "ScenarioFileError",
    "Script",
    "UnknownScenarioError",
    "check_refusal",
    "load_scenarios",
    "place_of",
    "refusal",
]

"""`Script`: a stage that answers as a local Copilot, with one scenario per prompt."""

from fake_server.scenarios import ScenarioError, UnknownScenarioError
from fake_server.script.loading import ScenarioFileError, load_scenarios
from fake_server.script.stage import Script
from fake_server.service.config import Config
from fake_server.service.refusals import FAULT_WORDS, PLACES, RefusalError, check_fault, fault_response
from fake_server.service.routes import place_of

__all__ = [
    "FAULT_WORDS",
    "PLACES",
    "Config",
    "RefusalError",
    "ScenarioError",
    "ScenarioFileError",
    "Script",
    "UnknownScenarioError",
    "check_fault",
    "fault_response",
    "load_scenarios",
    "place_of",
]

"""Each rule of redaction is needed: without it, its spots are left, and found."""

import json
from dataclasses import replace

import pytest

from harness.har.importing import import_har
from harness.record import save
from harness.record.options import RecordingOptions
from harness.redact import cassettes, vault, views
from harness.redact.detect import patterns
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT
from tests.canary.conftest import ORIGIN, left_of
from tests.support.secrets.canary_har import ABSENT_FROM_HAR, har
from tests.support.secrets.canary_spots import SPOTS, core_of, found_in

ALL = {spot.name for spot in SPOTS} - ABSENT_FROM_HAR


def spots(beginning="", end=""):
    return {name for name in ALL if name.startswith(beginning) and name.endswith(end)}


def no_coding(name):
    return [(views, "CODINGS", tuple(coding for coding in views.CODINGS if coding.name != name))]


# What is taken away -> which attributes are set to what, another profile, and what is left then.
RULES = {
    "percent": (no_coding("percent"), {}, spots("percent")),
    "JSON": (no_coding("json"), {}, spots("JSON escapes")),
    "HTML": (no_coding("html"), {}, spots("HTML") | {"field in HTML"}),
    "base64": ([(vault, "FORMS", (vault.FORMS[0],))], {}, spots("base64")),
    "looks": ([(patterns, "PATTERNS", ())], {}, {"JWT", "JWT in a message", "JWE", "address"}),
    "across messages": (
        [(cassettes, "redact_across", lambda _, lines: lines), (save, "texts_across", lambda *_: ())],
        {},
        spots(end="in deltas"),
    ),
    "deltas": ([], {"deltas": {}}, spots(end="in deltas")),
    "cookies": ([], {"secret_cookies": False}, spots("cookie")),
    "account": ([], {"account_fields": {}}, {"account id"}),
}


@pytest.fixture
def left(tmp_path, monkeypatch):
    """The spots that are found in an imported cassette, with something else in the place of parts of the code."""

    def run(attributes, profile):
        for module, name, value in attributes:
            monkeypatch.setattr(module, name, value)
        (tmp_path / "session.har").write_text(json.dumps(har(ORIGIN)))
        settings = RecordingOptions(state_directory=tmp_path / "state")
        path = tmp_path / "canary.yaml"
        import_har(
            tmp_path / "session.har", path, profile=replace(COPILOT, redact_generic=False, **profile), options=settings
        )
        return set().union(*map(found_in, left_of(path).values()))

    return run


@pytest.mark.parametrize("rule", RULES)
def test_spots_of_a_rule_are_left_without_it(left, rule):
    attributes, profile, expected = RULES[rule]
    assert expected
    assert expected <= left(attributes, profile)


TABLES = ("secret_headers", "secret_query", "secret_fields")
NAMES = [(table, name) for table in TABLES for name in getattr(COPILOT, table)]


def shown(profile, table, name, secret):
    redactor = Redactor(profile)
    if table == "secret_headers":
        return redactor.headers([(name, secret)])[0][1]
    return redactor.text(f"/?{name}={secret}" if table == "secret_query" else json.dumps({name: secret}))


@pytest.mark.parametrize(("table", "name"), NAMES)
def test_value_of_a_name_is_replaced_and_left_without_the_name(table, name):
    secret = core_of(name)
    tables = {each: {key: kind for key, kind in getattr(COPILOT, each).items() if key != name} for each in TABLES}
    # What any service's names give away would hide what the profile's own do.
    named = replace(COPILOT, redact_generic=False)
    assert secret not in shown(named, table, name, secret)
    assert secret in shown(replace(named, **tables), table, name, secret)

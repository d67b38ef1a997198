"""Headers that decide which recorded answer is meant; all others say which library speaks, and count for nothing."""

from __future__ import annotations

import pytest

from harness.match.bindings import Bindings
from harness.match.deciding import CONDITIONS, condition_finding, has_headers, preferences, unmet
from harness.match.request import ParsedRequest
from harness.match.values import ValueComparison

BROWSER = (("user-agent", "b"), ("accept", "*/*"))


def asked(*headers: tuple[str, str]) -> ParsedRequest:
    return ParsedRequest("GET", "/a", headers)


def finding(recorded: ParsedRequest, actual: ParsedRequest):
    return condition_finding(recorded, actual, ValueComparison(Bindings()))


@pytest.mark.parametrize("name", CONDITIONS)
def test_condition_has_to_be_met(name):
    found = finding(asked((name, "one")), asked((name, "other")))
    assert found is not None
    assert (found.path, found.recorded, found.actual) == (f"headers.{name}", "one", "other")
    assert finding(asked((name, "one")), asked((name, "one"))) is None


@pytest.mark.parametrize("name", CONDITIONS)
def test_condition_that_was_recorded_may_not_be_missing(name):
    found = finding(asked((name, "one")), asked())
    assert found is not None
    assert str(found.actual) == "(absent)"


def test_condition_that_was_not_recorded_is_a_difference():
    found = finding(asked(*BROWSER), asked(*BROWSER, ("range", "bytes=0-3")))
    assert found is not None
    assert found.path == "headers.range"


OPERATIONS = [
    "x-amz-target",
    "x-amz-copy-source",
    "x-ms-lease-action",
    "next-action",
    "x-ms-range",
    "x-goog-upload-command",
]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_header_that_names_the_operation_decides(name):
    recorded = asked(*BROWSER, (name, "Shop.DescribeTable"))
    found = finding(recorded, asked(*BROWSER, (name, "Shop.DeleteTable")))
    assert found is not None
    assert found.path == f"headers.{name}"
    assert finding(recorded, recorded) is None
    assert finding(asked(*BROWSER), recorded) is not None


@pytest.mark.parametrize(
    "name", ["x-transaction", "accept-ranges", "x-reaction", "access-control-request-command", "orange"]
)
def test_a_name_that_only_resembles_an_operation_does_not_decide(name):
    assert finding(asked(*BROWSER, (name, "one")), asked(*BROWSER, (name, "other"))) is None


def test_what_a_cassette_without_headers_lacks_is_unknown():
    assert finding(asked(), asked(("range", "bytes=0-3"))) is None
    assert unmet(asked(), asked(("accept", "text/html")), ("accept",)) == ()


def test_request_with_a_header_of_every_client_was_recorded_with_its_headers():
    assert has_headers(asked(*BROWSER))
    assert not has_headers(asked(("content-type", "application/json")))
    assert not has_headers(asked())


@pytest.mark.parametrize("vary", ["X-Plan", "x-plan, Accept", "Accept-Encoding, X-Plan"])
def test_headers_that_vary_names_choose(vary):
    assert preferences((("vary", vary),)) == ("accept", "accept-language", "last-event-id", "x-plan")


@pytest.mark.parametrize(
    "name", ["Accept-Encoding", "Origin", "User-Agent", "Host", "Cookie", "Authorization", "*", "Range"]
)
def test_header_that_every_library_sends_never_chooses_although_vary_names_it(name):
    assert preferences((("vary", name),)) == preferences(())


def test_only_headers_that_differ_are_unmet():
    recorded = asked(*BROWSER, ("accept-language", "de"), ("x-plan", "a"))
    actual = asked(("accept", "*/*"), ("accept-language", "en"))
    assert unmet(recorded, actual, ("accept", "accept-language", "x-plan")) == ("accept-language", "x-plan")

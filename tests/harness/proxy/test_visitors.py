"""Counts and messages about the clients of the proxy."""

import ssl

import pytest

from fake_server.host.tunnel import TunnelEnd
from harness.proxy.errors import DistrustError, UnusedProxyError
from harness.proxy.visitors import Visitors


def failed(reason):
    error = ConnectionError("the TLS handshake failed")
    error.__cause__ = ssl.SSLError(1, reason)
    error.__cause__.reason = reason
    return TunnelEnd(host="service.test", port=443, error=error)


def test_nobody_came():
    problem = Visitors().problem(["a.test", "b.test"])
    assert type(problem) is UnusedProxyError
    assert (
        str(problem)
        == "no request to a.test or b.test came to the proxy: does the client use the proxy that HTTPS_PROXY names?"
    )


def test_only_strangers_came():
    visitors = Visitors()
    visitors.strangers = 1
    assert "user and password" in str(visitors.problem(["a.test"]))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("TLSV1_ALERT_UNKNOWN_CA", "does not trust the proxy's certificate (unknown ca)"),
        ("SSLV3_ALERT_CERTIFICATE_UNKNOWN", "does not trust the proxy's certificate (certificate unknown)"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "does not trust the proxy's certificate (bad certificate)"),
        ("HTTP_REQUEST", "may not trust the proxy's certificate (http request)"),
        (None, "may not trust the proxy's certificate (it left during the TLS handshake)"),
    ],
)
def test_reason_of_a_failed_handshake_is_told(reason, said):
    visitors = Visitors()
    visitors.ended(failed(reason))
    problem = visitors.problem(["service.test"])
    assert isinstance(problem, DistrustError)
    assert said in str(problem)


def test_client_that_said_nothing_may_not_trust():
    visitors = Visitors()
    visitors.ended(TunnelEnd(host="service.test", port=443))
    assert "it connected and sent nothing" in str(visitors.problem(["service.test"]))


def test_one_request_is_enough():
    visitors = Visitors()
    visitors.ended(failed("TLSV1_ALERT_UNKNOWN_CA"))
    visitors.ended(TunnelEnd(host="service.test", port=443, requests=1))
    assert visitors.problem(["service.test"]) is None
    assert visitors.lines() == ["a client of service.test does not trust the proxy's certificate (unknown ca)"]


def test_places_are_listed_and_bounded():
    visitors = Visitors()
    for number in range(1500):
        visitors.count(visitors.passed, f"h{number}.test:443")
    visitors.count(visitors.passed, "h0.test:443")
    assert len(visitors.passed) == 1001
    (line,) = visitors.lines()
    assert line.startswith("led past the recording: others (500 times), h0.test:443 (2 times), h1.test:443, ")
    assert line.endswith(", and 991 more")

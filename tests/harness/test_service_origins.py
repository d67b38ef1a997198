from __future__ import annotations

import pytest

from harness.origins import Origins, as_origin

LOCAL = "http://127.0.0.1:8080"
ORIGINS = Origins("https://demo.example")


@pytest.mark.parametrize(
    ("service", "local"),
    [
        ("https://demo.example/a", "http://127.0.0.1:8080/a"),
        ("wss://demo.example/a", "ws://127.0.0.1:8080/a"),
        (r"https:\/\/demo.example\/a", r"http:\/\/127.0.0.1:8080\/a"),
        ("see https://demo.example.", "see http://127.0.0.1:8080."),
        ("HTTPS://Demo.Example?x", "http://127.0.0.1:8080?x"),
    ],
)
def test_url_of_the_service_becomes_a_local_one(service, local):
    assert ORIGINS.inward(LOCAL).text(service) == local


@pytest.mark.parametrize(
    "text",
    [
        "https://demo.example.evil/",
        "https://demo.example:444/",
        "http://demo.example/",
        "demo.example",
        "https://demo.examples",
    ],
)
def test_another_origin_stays(text):
    assert ORIGINS.inward(LOCAL).text(text) == text


def test_local_url_becomes_one_of_the_service():
    assert ORIGINS.to_canonical("ws://127.0.0.1:8080/a", LOCAL) == "https://demo.example/a".replace("https", "wss")


@pytest.mark.parametrize("text", ["fake:2026", "", "https://user@host", "http://[", "ftp://a"])
def test_what_is_no_http_url_maps_nothing(text):
    assert (as_origin(text), Origins(text).foreign) == (None, ())


def test_payload_without_the_services_host_holds_nothing():
    assert (ORIGINS.held(b"https://other.example"), ORIGINS.held(b"\xffhttps://demo.example/")) == (False, True)

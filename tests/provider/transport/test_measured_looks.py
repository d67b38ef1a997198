"""docs/fingerprint.md says what was measured: every row is measured anew, with a real browser beside ours."""

import re

import curl_cffi
import pytest
from curl_cffi import requests

from tests.support.fingerprints.look_listener import look_listener
from tests.support.fingerprints.measured_looks import COLUMNS, ROWS, TARGET
from tests.support.project.tree import ROOT

OF_THE_PAGES_CURL = pytest.mark.skipif(
    f"curl_cffi {curl_cffi.__version__} itself" not in (ROOT / "docs" / "fingerprint.md").read_text(),
    reason="the page measured another version of curl_cffi's own `Session`",
)
LIBRARIES = [
    pytest.param(name, marks=OF_THE_PAGES_CURL) if name == "Session" else name for name in COLUMNS if name != "Chromium"
]
OF_ITS_VERSION = {
    "version it claims",
    "call: JA4",
    "call: extensions",
    "call: signature algorithms",
    "call: GREASE among signature algorithms",
    "call: groups",
    "upgrade: JA4",
    "upgrade: extensions",
}
"""What another version of Chromium may well show otherwise. The one that the page names shows it all."""


def table():
    """Row -> column -> what the page says."""
    page = (ROOT / "docs" / "fingerprint.md").read_text()
    text, _, _ = page[page.index("| | Chromium") :].partition("\n\n")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    names = [name.strip("`") for name in lines[0]]
    assert names == list(COLUMNS)
    return {row: dict(zip(names, cells, strict=True)) for row, *cells in lines[1:]}


TOLD = table()


def test_page_has_every_row_that_is_measured():
    assert list(TOLD) == list(ROWS)


@pytest.mark.parametrize("client", LIBRARIES)
def test_client_looks_as_the_page_says(client):
    measured = COLUMNS[client]()
    assert {row: look(measured) for row, look in ROWS.items()} == {row: TOLD[row][client] for row in ROWS}


@pytest.mark.browser
def test_browser_looks_as_the_page_says_but_for_what_its_version_changes():
    measured = COLUMNS["Chromium"]()
    is_the_pages = ROWS["version it claims"](measured) == TOLD["version it claims"]["Chromium"]
    mattering = [row for row in ROWS if is_the_pages or row not in OF_ITS_VERSION]
    assert {row: ROWS[row](measured) for row in mattering} == {row: TOLD[row]["Chromium"] for row in mattering}


def test_our_transports_differ_from_the_browser_where_the_page_says_and_nowhere_else():
    differing = {row for row in ROWS if TOLD[row]["AsyncTransport"] != TOLD[row]["Chromium"]}
    assert differing == {
        "version it claims",
        "call: JA4",
        "call: extensions",
        "call: GREASE among signature algorithms",
        "call: cookies, set as a, bb",
        "upgrade: JA4",
        "upgrade: extensions",
        "upgrade: WebSocket extensions",
        "upgrade: TLS session resumed for a second one",
    }
    assert all(TOLD[row]["SyncTransport"] == TOLD[row]["AsyncTransport"] for row in ROWS)


def test_fingerprints_of_the_page_are_well_formed():
    assert all(re.fullmatch(r"t13d\d{4}h[12]_[0-9a-f]{12}_[0-9a-f]{12}", cell) for cell in TOLD["call: JA4"].values())


@OF_THE_PAGES_CURL
def test_new_blocking_session_of_curl_cffi_sends_no_browsers_header_with_an_upgrade():
    with look_listener() as listener, requests.Session(impersonate=TARGET, trust_env=False) as session:
        session.ws_connect(f"{listener.ws_url}/chat", verify=listener.authority).close()
        seen = listener.seen("/chat")
    assert sorted(name.lower() for name in seen.head.names) == [
        "accept-encoding",
        "connection",
        "host",
        "sec-websocket-key",
        "sec-websocket-version",
        "upgrade",
    ]
    assert not seen.look.hello.has_grease

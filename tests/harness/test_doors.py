"""Doors: which upstreams can be named, and the maps between their URLs and those of the local ports."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.doors import Doors, UpstreamNameError, named_upstreams
from harness.origins import StreamedMap


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"Gate": "wss://a.example"}, "is not a name for an upstream"),
        ({"gate": "a.example"}, "the upstream gate must be SCHEME://HOST"),
        ({"gate": "https://a.example/path"}, "and nothing more"),
        ({"gate": "https://user:word@a.example"}, "and nothing more"),
        ({"one": "wss://a.example", "two": "https://a.example:443"}, "has the same URL as another upstream"),
        ({"gate": "wss://api.example"}, "has the same URL as another upstream"),
    ],
)
def test_a_malformed_upstream_is_refused(given: dict[str, str], problem: str) -> None:
    with pytest.raises(UpstreamNameError, match=problem) as caught:
        named_upstreams(given, "https://api.example")
    assert "word" not in str(caught.value)


def _doors() -> Doors:
    doors = Doors({"gateway": "https://gateway.example", "store": "https://store.example:8443"})
    doors.opened(7001, [7002, 7003])
    return doors


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_urls_of_all_upstreams_are_found_across_the_pieces_of_a_stream(size: int) -> None:
    stream = (
        b'data: {"a":"https://api.example/x","g":"wss:\\/\\/gateway.example\\/y"}\n\n'
        b"data: https%3A%2F%2Fstore.example%3A8443%2Fz https://gateway.example.org/other\n\n"
    )
    streamed = StreamedMap(_doors().inward(("https://api.example",), "http://localhost:7002"))
    pieces = [streamed.feed(stream[at : at + size]) for at in range(0, len(stream), size)]
    assert b"".join([*pieces, streamed.finish()]) == (
        b'data: {"a":"http://localhost:7001/x","g":"ws:\\/\\/localhost:7002\\/y"}\n\n'
        b"data: http%3A%2F%2Flocalhost%3A7003%2Fz https://gateway.example.org/other\n\n"
    )


def test_no_map_changes_what_another_one_has_put_in() -> None:
    doors = Doors({"gateway": "http://127.0.0.1:7001", "store": "http://127.0.0.1:7002"})
    doors.opened(7001, [7002, 7003])  # the recorded ports are those of other doors now
    inward = doors.inward(("http://127.0.0.1:7003",), "http://127.0.0.1:7001")
    urls = "http://127.0.0.1:7003/a http://127.0.0.1:7001/b http://127.0.0.1:7002/c"
    assert inward.text(urls) == "http://127.0.0.1:7001/a http://127.0.0.1:7002/b http://127.0.0.1:7003/c"
    assert inward.header("//127.0.0.1:7002/c") == "//127.0.0.1:7003/c"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--upstream", "https://a.example", "--upstream", "https://b.example"], "two URLs have no name"),
        (["--upstream", "g=wss://a.example", "--upstream", "g=wss://b.example"], "--upstream g= is given twice"),
        (
            ["--upstream", "https://a.example", "--upstream", "g=wss://a.example", "--proxy"],
            "the upstream g has the same URL as another upstream",
        ),
        (
            ["--upstream", "https://a.example", "--upstream", "g=wss://a.example/path", "--", "true"],
            "the upstream g must be SCHEME://HOST",
        ),
    ],
)
def test_options_that_cannot_work_are_refused(
    options: list[str], problem: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "refused.yaml"
    assert main(["record", "-o", str(path), *options]) == 2
    assert problem in " ".join(capfd.readouterr().err.split())
    assert not path.exists()

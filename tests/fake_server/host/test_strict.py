"""What is refused: always, or by a strict host. Each row of the table over a raw socket, in both modes."""

import re
from pathlib import Path

import pytest

from fake_server import Limits, serve
from fake_server.host.policy import HOST_RULES
from provider.websocket import Ended
from tests.support.clients.raw_client import KEY, dial, masked, read_all, read_until, upgrade_request, upgraded
from tests.support.servers.stages import conversing, echoing

PAGE = Path(__file__).parents[3] / "docs" / "leniency.md"
GOOD = upgrade_request()
KEY_LINE = f"Sec-WebSocket-Key: {KEY}\r\n".encode()
HANDSHAKES = {
    "host": GOOD.replace(b"Host: localhost\r\n", b""),
    "origin": GOOD.replace(b"Upgrade: ", b"Origin: https://evil.example\r\nUpgrade: "),
    "foreign": GOOD.replace(b"Upgrade: ", b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nUpgrade: "),
    "lengths": GOOD.replace(b"Upgrade: ", b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\nUpgrade: "),
    "plain": GOOD.replace(b"Upgrade: websocket\r\n", b""),
    "key": GOOD.replace(KEY_LINE, b""),
    "http-1.0": GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "method": GOOD.replace(b"GET", b"PUT"),
    "version": GOOD.replace(b"Version: 13", b"Version: 8"),
    "odd key": GOOD.replace(KEY.encode(), b"AAAA"),
}
FRAMES = {
    "mask": b"\x81\x01a",
    "bits": masked(0x40 | 1, b"a"),
    "opcode": masked(3),
    "sequence": masked(0),
    "control": masked(9, fin=False),
    "size": masked(1, b"x" * 101),
    "pieces": masked(1, fin=False) + masked(0, fin=False) * 20 + masked(0),
    "late": masked(1, fin=False),
    "text": masked(1, b"a\xff"),
}
ALWAYS = [name for name, row in HOST_RULES.items() if not row.strict]
LIMITS = Limits(message_bytes=100, message_frames=20, message_timeout=0.1)
STRICTLY = [name for name, row in HOST_RULES.items() if row.strict]


async def listen(socket) -> None:
    while not isinstance(await socket.receive(), Ended):
        pass


def met_with(name: str, *, strict: bool) -> int:
    """The status or close code for a row; that of success if it is let through."""
    with serve(conversing(listen), strict=strict, limits=LIMITS) as server:
        if name in HANDSHAKES:
            with dial(server) as client:
                client.sendall(HANDSHAKES[name])
                return int(read_until(client, b"\r\n\r\n").split()[1])
        with upgraded(server) as client:
            client.sendall(FRAMES[name] + (b"" if name == "late" else masked(8, b"\x03\xe8")))
            return int.from_bytes(re.search(rb"\x88[^\x00](..)", read_all(client), re.DOTALL)[1], "big")


def test_every_row_is_tried():
    assert {*HANDSHAKES, *FRAMES} == set(HOST_RULES)


@pytest.mark.parametrize("name", HOST_RULES)
def test_strict_host_refuses_every_row(name):
    assert met_with(name, strict=True) == HOST_RULES[name].answer


@pytest.mark.parametrize("name", ALWAYS)
def test_lenient_host_refuses_what_is_always_refused(name):
    assert met_with(name, strict=False) == HOST_RULES[name].answer


@pytest.mark.parametrize("name", STRICTLY)
def test_lenient_host_takes_the_rest(name):
    assert met_with(name, strict=False) == (101 if name in HANDSHAKES else 1000)


def test_strict_host_misses_a_version_that_is_not_there_and_says_which_it_takes():
    with serve(conversing(listen), strict=True) as server, dial(server) as client:
        client.sendall(GOOD.replace(b"Sec-WebSocket-Version: 13\r\n", b""))
        head = read_until(client, b"\r\n\r\n").lower()
    assert head.startswith(b"http/1.1 426 ")
    assert b"\r\nsec-websocket-version: 13\r\n" in head
    assert b"\r\nupgrade: websocket\r\n" in head


def test_strict_host_takes_a_proper_client():
    with serve(echoing(), strict=True) as server, upgraded(server) as client:
        client.sendall(masked(1, "\u00e9".encode()) + masked(1, b"\xc3", fin=False) + masked(0, b"\xa9"))
        echoed = b"\x81\x02\xc3\xa9" + b"\x01\x01\xc3" + b"\x80\x01\xa9"
        assert read_until(client, b"\x80\x01\xa9") == echoed


def test_table_on_the_page_is_the_one_that_is_kept():
    rows = [
        f"| {row.what} | {row.answer} | {'strict' if row.strict else 'always'} | {row.source} |"
        for row in HOST_RULES.values()
    ]
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index("| the client sends | answer | refused | source |") + 2
    assert lines[start : start + len(rows) + 1] == [*rows, ""]

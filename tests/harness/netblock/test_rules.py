from __future__ import annotations

import contextlib
import ipaddress
import socket

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.netblock import Allowed, Block
from harness.netblock.rules import MOST_REFUSED, Verdict

DOOR = ("127.0.0.1", 40321)
ports = st.integers(0, 65535) | st.just(DOOR[1])
addresses = st.ip_addresses().map(str) | st.just(DOOR[0]) | st.sampled_from(("::1", "127.0.0.2", "::ffff:127.0.0.1"))
anything = addresses | st.text(max_size=30)


def _block(*hosts: str) -> Block:
    return Block("test", Allowed(open=frozenset({DOOR}), hosts=hosts))


def is_the_doors(address: str) -> bool:
    """Whether the system takes it for the door's address: "0" and "127.1" are numbers of IPv4, too."""
    with contextlib.suppress(OSError):
        return socket.inet_aton(address) in (b"\x7f\0\0\1", b"\0\0\0\0")
    return address in ("::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:0.0.0.0")


@settings(deadline=None)
@given(anything, ports)
@example("0", DOOR[1])
@example("127.1", DOOR[1])
def test_only_the_open_door_is_open_whatever_comes(address: str, port: int):
    if _block().judge(address, port) is Verdict.ALLOW:
        assert port == DOOR[1]
        assert is_the_doors(address)


@settings(deadline=None)
@given(anything, ports)
def test_nothing_at_all_is_open_without_doors(address: str, port: int):
    assert Block("test", Allowed()).judge(address, port) is Verdict.BLOCK


@settings(deadline=None)
@given(addresses, ports)
def test_nobody_listens_is_said_of_this_machine_alone(address: str, port: int):
    if _block().judge(address, port) is Verdict.REFUSE:
        assert port == DOOR[1]
        known = ipaddress.ip_address(address)
        plain = getattr(known, "ipv4_mapped", None) or known
        assert plain.is_loopback or plain.is_unspecified


@pytest.mark.parametrize(
    ("address", "port", "verdict"),
    [
        ("127.0.0.1", 40321, Verdict.ALLOW),
        ("127.1", 40321, Verdict.ALLOW),
        ("0x7f000001", 40321, Verdict.ALLOW),
        ("0.0.0.0", 40321, Verdict.ALLOW),
        ("::ffff:127.0.0.1", 40321, Verdict.ALLOW),
        ("::1", 40321, Verdict.REFUSE),
        ("127.0.0.2", 40321, Verdict.REFUSE),
        ("127.0.0.1", 40322, Verdict.BLOCK),
        ("10.0.0.1", 40321, Verdict.BLOCK),
        ("93.184.216.34", 443, Verdict.BLOCK),
        ("2606:2800:220:1::1", 40321, Verdict.BLOCK),
        ("example.com", 40321, Verdict.BLOCK),
    ],
)
def test_an_address_is_judged_by_what_it_stands_for(address: str, port: int, verdict: Verdict):
    assert _block().judge(address, port) is verdict


def test_a_door_on_localhost_is_open_by_both_its_addresses():
    block = Block("test", Allowed(open=frozenset({("localhost", 80)})))
    assert [block.judge(each, 80) for each in ("127.0.0.1", "::1")] == [Verdict.ALLOW, Verdict.ALLOW]


def test_a_host_matches_in_full_and_in_any_case():
    block = _block(r"api\.example\.com")
    assert block.allows_name("API.example.com.")
    assert not block.allows_name("api.example.com.evil.test")
    assert not block.allows_name("xapi.example.com")


def test_addresses_of_an_allowed_name_are_learnt_and_those_of_others_are_not():
    block = _block(r"api\.example\.com")
    block.learn("api.example.com", ["93.184.216.34"])
    block.learn("evil.test", ["93.184.216.35"])
    assert block.judge("93.184.216.34", 443) is Verdict.ALLOW
    assert block.judge("93.184.216.35", 443) is Verdict.BLOCK


def test_a_private_address_is_not_believed_to_be_the_allowed_name():
    block = _block(r"api\.example\.invalid")
    assert block.judge_for("api.example.invalid", 80, "10.0.0.1", 80) is Verdict.BLOCK


def test_a_proxy_with_another_port_is_not_the_allowed_name():
    block = _block(r"api\.example\.invalid")
    assert block.judge_for("api.example.invalid", 80, "93.184.216.34", 3128) is Verdict.BLOCK


def test_hosts_that_are_no_regular_expression_are_reported_with_their_text():
    with pytest.raises(ValueError, match=r"allowed_hosts: '\(api' is not a valid regular expression"):
        _block("(api")


def test_refused_attempts_are_kept_oldest_first_and_bounded():
    block = _block()
    for port in range(MOST_REFUSED + 20):
        block.refuse(f"tcp://10.0.0.1:{port}", "test")
    assert len(block.refused) == MOST_REFUSED
    assert block.refused[0] == "tcp://10.0.0.1:0 (test)"

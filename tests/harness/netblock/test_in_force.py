from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.netblock import Allowed, Block, NetworkBlockedError, blocked, exempt_this_thread, exempted
from tests.support.servers.counting_listener import CountingListener

Rules = Callable[..., Block]


def _connect(listener: CountingListener) -> None:
    socket.create_connection((listener.host, listener.port), timeout=5).close()


def _caught(work: Callable[[], object]) -> BaseException | None:
    try:
        work()
    except BaseException as error:
        return error
    return None


def _outcome(work: Callable[[], object]) -> BaseException | None:
    """What another thread, which runs this to its end, has raised."""
    raised: list[BaseException | None] = []

    thread = threading.Thread(target=lambda: raised.append(_caught(work)))
    thread.start()
    thread.join(10)
    return raised[0]


def test_the_inner_block_rules_and_the_outer_one_after_it(door: CountingListener, shut: CountingListener, rules: Rules):
    with blocked(rules()):
        with blocked(Block("inner", Allowed(open=frozenset({(shut.host, shut.port)})))):
            _connect(shut)
            with pytest.raises(NetworkBlockedError, match="inner"):
                _connect(door)
        _connect(door)
        with pytest.raises(NetworkBlockedError):
            _connect(shut)


def test_blocks_may_end_in_the_order_of_their_beginnings(door: CountingListener, shut: CountingListener, rules: Rules):
    first, second = blocked(rules()), blocked(Block("second", Allowed()))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with pytest.raises(NetworkBlockedError, match="second"):
        _connect(door)
    second.__exit__(None, None, None)
    _connect(shut)


def _patched() -> list[Any]:
    import curl_cffi.aio
    import curl_cffi.curl
    import curl_cffi.requests.session
    import pycurl
    import uvloop

    curl, session = curl_cffi.curl.Curl, curl_cffi.requests.session
    return [
        socket.getaddrinfo, socket.gethostbyname, threading.Thread.start, vars(os)["system"], os.posix_spawn,
        vars(subprocess)["_fork_exec"], curl.perform, curl.setopt, curl.reset, curl.duphandle, vars(curl)["__init__"],
        curl_cffi.aio.AsyncCurl.add_handle, vars(session.Session).get("request"), pycurl.Curl,
        vars(uvloop.Loop).get("create_connection"), list(sys.meta_path),
    ]  # fmt: skip


def test_everything_is_put_back(rules: Rules):
    before = _patched()
    with blocked(rules()):
        assert all(now != then for now, then in zip(_patched(), before, strict=True))
    assert _patched() == before


def test_everything_is_put_back_after_an_error(rules: Rules, shut: CountingListener):
    before = _patched()
    with pytest.raises(KeyboardInterrupt), blocked(rules()):
        raise KeyboardInterrupt
    assert _patched() == before
    _connect(shut)


def test_the_error_has_what_was_asked_for_where_and_how(shut: CountingListener, rules: Rules):
    block = rules()
    with blocked(block), pytest.raises(NetworkBlockedError) as raised:
        _connect(shut)
    error = raised.value
    assert (error.url, error.where, error.how) == (f"tcp://127.0.0.1:{shut.port}", block.where, "socket.connect")
    assert block.refused == [f"{error.url} ({error.how})"]


def test_a_block_holds_for_threads_from_before_it(shut: CountingListener, rules: Rules):
    begin, raised = threading.Event(), list[BaseException | None]()
    thread = threading.Thread(target=lambda: begin.wait(10) and raised.append(_caught(lambda: _connect(shut))))
    thread.start()
    with blocked(rules()):
        begin.set()
        thread.join(10)
    assert isinstance(raised[0], NetworkBlockedError)


def test_an_exempt_thread_and_those_it_starts_are_free_and_others_are_not(shut: CountingListener, rules: Rules):
    def work() -> None:
        exempt_this_thread()
        _connect(shut)
        assert _outcome(lambda: _connect(shut)) is None

    with blocked(rules()):
        assert _outcome(work) is None
        assert isinstance(_outcome(lambda: _connect(shut)), NetworkBlockedError)


def test_an_exemption_ends_with_its_block(shut: CountingListener, rules: Rules):
    with blocked(rules()):
        with exempted(), exempted():
            _connect(shut)
        with pytest.raises(NetworkBlockedError):
            _connect(shut)


def test_an_allowed_name_lets_its_addresses_through(shut: CountingListener, rules: Rules):
    block = rules("localhost")
    with blocked(block):
        socket.create_connection(("localhost", shut.port), timeout=5).close()
    assert shut.connections() == 1
    assert block.refused == []


@pytest.mark.parametrize(
    "look_up",
    [
        lambda: socket.getaddrinfo("api.example.test", 443),
        lambda: socket.gethostbyname("api.example.test"),
        lambda: socket.gethostbyname_ex("api.example.test"),
        lambda: socket.gethostbyaddr("93.184.216.34"),
        lambda: socket.getnameinfo(("93.184.216.34", 443), 0),
        lambda: asyncio.run(_look_up_in_loop()),
    ],
    ids=["getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo", "asyncio"],
)
def test_names_of_others_are_not_looked_up(look_up: Callable[[], object], rules: Rules):
    with blocked(rules()), pytest.raises(NetworkBlockedError, match=r"(api\.example\.test|93\.184\.216\.34)"):
        look_up()


async def _look_up_in_loop() -> object:
    return await asyncio.get_running_loop().getaddrinfo("api.example.test", 443)


def test_names_of_this_machine_are_looked_up(rules: Rules):
    block = rules()
    with blocked(block):
        assert socket.getaddrinfo("localhost", 80)
        assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
    assert block.refused == []


def test_a_datagram_is_not_sent(shut: CountingListener, rules: Rules):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(b"control", (shut.host, shut.udp_port))
        assert shut.datagrams() == 1
        with blocked(rules()), pytest.raises(NetworkBlockedError):
            made.sendto(b"x", (shut.host, shut.udp_port))
    assert shut.datagrams() == 0


def test_unix_sockets_stay_open(rules: Rules):
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = str(Path(folder) / "s")
        server.bind(path)
        server.listen()
        with blocked(rules()), socket.socket(socket.AF_UNIX) as client:
            client.connect(path)


def test_pairs_loops_and_pipes_work(rules: Rules):
    block = rules()
    with blocked(block):
        one, other = socket.socketpair()
        with one, other:
            one.sendall(b"x")
            assert other.recv(1) == b"x"
        assert asyncio.run(asyncio.sleep(0, "done")) == "done"
        reader, writer = multiprocessing.Pipe()
        with reader, writer:
            writer.send("x")
            assert reader.recv() == "x"
    assert block.refused == []


def test_errors_hide_user_password_and_query(shut: CountingListener, rules: Rules):
    import curl_cffi

    block = rules()
    url = f"http://someone:pa55word@127.0.0.1:{shut.port}/path?token=SECRET#part"
    with blocked(block), pytest.raises(NetworkBlockedError) as raised:
        curl_cffi.get(url, timeout=5)
    assert raised.value.url == f"http://127.0.0.1:{shut.port}/path"
    assert not any(each in f"{raised.value!r} {block.refused}" for each in ("someone", "pa55word", "SECRET"))


def test_next_to_an_open_door_of_ipv4_nobody_listens_on_ipv6(door: CountingListener, rules: Rules):
    block = rules()
    with blocked(block), socket.socket(socket.AF_INET6) as made, pytest.raises(ConnectionRefusedError):
        made.connect(("::1", door.port))
    assert block.refused == []


def test_a_door_on_ipv6_is_open(rules: Rules):
    try:
        listener = CountingListener("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        with blocked(Block("test", Allowed(open=frozenset({("::1", listener.port)})))):
            _connect(listener)
        assert listener.connections() == 1
    finally:
        listener.close()


def test_a_refused_stream_socket_is_closed(shut: CountingListener, rules: Rules):
    with socket.socket() as made:
        with blocked(rules()), pytest.raises(NetworkBlockedError):
            made.connect((shut.host, shut.port))
        assert made.fileno() == -1

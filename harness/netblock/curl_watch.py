"""libcurl asks before it looks up a name, opens a socket, or uses a connection again: the answers of one block.

The options are set from outside, each time a transfer begins, so that it does not matter who has made the handle, nor
when. libcurl is given a number and never a pointer: a handle that outlives its watch, or is a copy of another one, asks
under a number that nobody knows any more, and is told to go on.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import weakref
from typing import Any, Final

from harness.netblock.addresses import normal, parse, place
from harness.netblock.errors import NetworkBlockedError, shown
from harness.netblock.rules import Block, Verdict

_SOCKET_BAD: Final = -1  # CURL_SOCKET_BAD
_ABORT: Final = 1  # CURL_PREREQFUNC_ABORT; any number but 0 ends a look-up
_HEAD: Final = struct.Struct("iiiI")  # struct curl_sockaddr: family, socktype, protocol, addrlen
_OPENSOCKET: Final = (20163, 10164)  # CURLOPT_OPENSOCKETFUNCTION, CURLOPT_OPENSOCKETDATA
_RESOLVER_START: Final = (20272, 10273)
_PREREQ: Final = (20312, 10313)
_EFFECTIVE_URL: Final = 0x100000 + 1  # CURLINFO_EFFECTIVE_URL
_PROXY_VARIABLES: Final = ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "wss_proxy")

_numbers = itertools.count(1)
_watches: Final[dict[int, Watch]] = {}
WATCH_OF: Final[weakref.WeakKeyDictionary[Any, Watch]] = weakref.WeakKeyDictionary()
"""The latest watch of a handle."""
PROXIED: Final[weakref.WeakKeyDictionary[Any, bool]] = weakref.WeakKeyDictionary()
"""Whether a handle was given a proxy; handles from before the block are not in here."""


class Watch:
    """One transfer of a handle of curl_cffi.

    Attributes:
        refusal: The error for whoever waits for the transfer; None while nothing was refused.
    """

    def __init__(self, curl: Any, block: Block) -> None:
        self.refusal: NetworkBlockedError | None = None
        self._block = block
        self._curl = weakref.ref(curl)
        self._number = next(_numbers)
        _watches[self._number] = self
        WATCH_OF[curl] = self
        _set_options(curl, self._number)

    def end(self, _done: object = None) -> None:
        """The transfer is over; later questions under this number are answered with a yes."""
        _watches.pop(self._number, None)

    def allows(self, address: str, port: int) -> bool:
        """Whether a connection may be made, or used again."""
        url = self._url()
        host, wanted = place(url)
        verdict = self._block.judge_for(host, wanted, address, port)
        if verdict is Verdict.SHUT:
            direct = port == wanted and (parse(host) is None or normal(host) == normal(address))
            self._refuse(url, "curl_cffi" if direct else f"curl_cffi, by way of {address}:{port}")
        return verdict is Verdict.OPEN

    def may_look_up(self) -> bool:
        """Whether names may be looked up for the URL of the moment.

        It may be a proxy's name that libcurl wants to know, and it does not say: with a proxy, the connection decides.
        """
        url = self._url()
        host, _ = place(url)
        if self._block.may_look_up(host) or self._has_proxy():
            return True
        self._refuse(url, "curl_cffi")
        return False

    def _refuse(self, url: str, how: str) -> None:
        if self.refusal is None:  # one attempt, however many addresses it has
            self.refusal = self._block.refuse(shown(url), how)

    def _has_proxy(self) -> bool:
        curl = self._curl()
        if PROXIED.get(curl, True):
            return True
        return any(os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXY_VARIABLES)

    def _url(self) -> str:
        curl = self._curl()
        handle = None if curl is None else curl._curl  # noqa: SLF001  # the C handle has no other name
        if not handle:
            return "http://unknown"
        ffi, lib = _wrapper()
        found = ffi.new("char **")
        lib.curl_easy_getinfo(handle, _EFFECTIVE_URL, found)
        text = ffi.string(found[0]).decode("utf-8", "replace") if found[0] else ""
        return text if "://" in text else f"http://{text}"


def _wrapper() -> tuple[Any, Any]:
    from curl_cffi._wrapper import ffi, lib  # noqa: PLC0415  # setopt of curl_cffi takes no function of others

    return ffi, lib


def _set_options(curl: Any, number: int) -> None:
    handle: Any = curl._curl  # noqa: SLF001  # the C handle has no other name
    if not handle:
        return  # closed: whoever uses it is told so
    ffi, lib = _wrapper()
    pointer = ffi.cast("void *", number)
    for (function, argument), callback in _callbacks().items():
        lib._curl_easy_setopt(handle, function, callback)  # noqa: SLF001  # the only door to it
        lib._curl_easy_setopt(handle, argument, pointer)  # noqa: SLF001


_made: Final[dict[tuple[int, int], Any]] = {}


def _callbacks() -> dict[tuple[int, int], Any]:
    """The three functions; made once, and never freed, since handles may keep them."""
    if not _made:
        ffi, _ = _wrapper()
        made = {
            _OPENSOCKET: ffi.callback("int(void *, int, void *)", _opens, error=_SOCKET_BAD),
            _PREREQ: ffi.callback("int(void *, char *, char *, int, int)", _uses, error=_ABORT),
            _RESOLVER_START: ffi.callback("int(void *, void *, void *)", _looks_up, error=_ABORT),
        }
        _made.update({key: ffi.cast("void *", callback) for key, callback in made.items()})
        _kept.extend(made.values())
    return _made


_kept: Final[list[Any]] = []


def _watch_of(pointer: Any) -> Watch | None:
    ffi, _ = _wrapper()
    return _watches.get(int(ffi.cast("intptr_t", pointer)))


def _opens(pointer: Any, _purpose: int, address: Any) -> int:
    ffi, _ = _wrapper()
    family, kind, protocol, length = _HEAD.unpack(ffi.buffer(address, _HEAD.size))
    watch = _watch_of(pointer)
    if watch is not None and family in (socket.AF_INET, socket.AF_INET6):
        host, port = _decoded(family, bytes(ffi.buffer(address, _HEAD.size + length)[_HEAD.size :]))
        if not watch.allows(host, port):
            return _SOCKET_BAD
    try:
        return socket.socket(family, kind, protocol).detach()
    except OSError:
        return _SOCKET_BAD


def _decoded(family: int, sockaddr: bytes) -> tuple[str, int]:
    port = int.from_bytes(sockaddr[2:4], "big")
    at = slice(4, 8) if family == socket.AF_INET else slice(8, 24)
    return socket.inet_ntop(family, sockaddr[at]), port


def _uses(pointer: Any, address: Any, _own: Any, port: int, _own_port: int) -> int:
    watch = _watch_of(pointer)
    if watch is None:
        return 0
    ffi, _ = _wrapper()
    text = ffi.string(address).decode("ascii", "replace")
    return 0 if parse(text) is None or watch.allows(text, port) else _ABORT  # no address: a Unix socket


def _looks_up(_state: Any, _reserved: Any, pointer: Any) -> int:
    watch = _watch_of(pointer)
    return 0 if watch is None or watch.may_look_up() else _ABORT

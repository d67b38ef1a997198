"""libcurl's callbacks before it looks up a name, opens a socket, or reuses a connection: they consult the active block.

Each transfer sets the callbacks when it begins, so that handles of any origin and age have them. libcurl gets a number
as the callbacks' argument and never a pointer: a handle that outlives its check, or a copy of a handle, has a number
that is no longer known, and its transfer goes on.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import weakref
from typing import Any, Final

from harness.netblock.addresses import is_direct, parse, place
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
_checks: Final[dict[int, TransferCheck]] = {}
CHECK_OF: Final[weakref.WeakKeyDictionary[Any, TransferCheck]] = weakref.WeakKeyDictionary()
"""The latest check of each handle."""
PROXIED: Final[weakref.WeakKeyDictionary[Any, bool]] = weakref.WeakKeyDictionary()
"""Whether a handle has a proxy; handles that are older than the block are missing."""


class TransferCheck:
    """The check of one transfer of a curl_cffi handle.

    Attributes:
        refusal: The error to raise for the transfer; None while nothing was refused.
    """

    def __init__(self, curl: Any, block: Block) -> None:
        self.refusal: NetworkBlockedError | None = None
        self._block = block
        self._curl = weakref.ref(curl)
        self._number = next(_numbers)
        _checks[self._number] = self
        CHECK_OF[curl] = self
        _set_options(curl, self._number)

    def end(self, _done: object = None) -> None:
        """End the check with its transfer; later callbacks with its number allow everything."""
        _checks.pop(self._number, None)

    def allows(self, address: str, port: int) -> bool:
        """Whether the block lets libcurl use a connection."""
        url = self._url()
        host, wanted = place(url)
        verdict = self._block.judge_for(host, wanted, address, port)
        if verdict is Verdict.BLOCK:
            direct = is_direct(host, wanted, address, port)
            self._refuse(url, "curl_cffi" if direct else f"curl_cffi, through {address}:{port}")
        return verdict is Verdict.ALLOW

    def may_look_up(self) -> bool:
        """Whether libcurl may look up a name for its current URL.

        libcurl does not tell whether the name is a proxy's. With a proxy, the check of the connection decides.
        """
        url = self._url()
        host, _ = place(url)
        if self._block.may_look_up(host) or self._has_proxy():
            return True
        self._refuse(url, "curl_cffi")
        return False

    def _refuse(self, url: str, how: str) -> None:
        if self.refusal is None:  # one error for a host, however many addresses it has
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
    from curl_cffi._wrapper import ffi, lib  # noqa: PLC0415  # curl_cffi's setopt accepts no foreign callbacks

    return ffi, lib


def _set_options(curl: Any, number: int) -> None:
    handle: Any = curl._curl  # noqa: SLF001  # the C handle has no other name
    if not handle:
        return  # closed; curl_cffi raises its own error
    ffi, lib = _wrapper()
    pointer = ffi.cast("void *", number)
    for (function, argument), callback in _callbacks().items():
        lib._curl_easy_setopt(handle, function, callback)  # noqa: SLF001  # curl_cffi offers no other way
        lib._curl_easy_setopt(handle, argument, pointer)  # noqa: SLF001


_made: Final[dict[tuple[int, int], Any]] = {}


def _callbacks() -> dict[tuple[int, int], Any]:
    """Return the three callbacks; made once and never freed, since handles may keep them."""
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


def _check_of(pointer: Any) -> TransferCheck | None:
    ffi, _ = _wrapper()
    return _checks.get(int(ffi.cast("intptr_t", pointer)))


def _opens(pointer: Any, _purpose: int, address: Any) -> int:
    ffi, _ = _wrapper()
    family, kind, protocol, length = _HEAD.unpack(ffi.buffer(address, _HEAD.size))
    check = _check_of(pointer)
    if check is not None and family in (socket.AF_INET, socket.AF_INET6):
        host, port = _decoded(family, bytes(ffi.buffer(address, _HEAD.size + length)[_HEAD.size :]))
        if not check.allows(host, port):
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
    check = _check_of(pointer)
    if check is None:
        return 0
    ffi, _ = _wrapper()
    text = ffi.string(address).decode("ascii", "replace")
    return 0 if parse(text) is None or check.allows(text, port) else _ABORT  # a Unix socket has no address


def _looks_up(_state: Any, _reserved: Any, pointer: Any) -> int:
    check = _check_of(pointer)
    return 0 if check is None or check.may_look_up() else _ABORT

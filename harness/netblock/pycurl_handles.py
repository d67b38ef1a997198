"""pycurl: handles that are made while a block is active check each socket before libcurl opens it."""

from __future__ import annotations

import functools
import socket
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from harness.netblock.active import active_block
from harness.netblock.addresses import is_direct, place
from harness.netblock.errors import NetworkBlockedError, address_url, shown
from harness.netblock.patches import Patches
from harness.netblock.rules import Block, Verdict


def patch_pycurl(patches: Patches, module: ModuleType) -> None:
    """Patch ``pycurl``. Its types are immutable, so a subclass of the same name replaces ``Curl``."""
    patches.replace(module, "Curl", functools.partial(_guarded, module))


def _guarded(pycurl: Any, real: type[Any]) -> type[Any]:
    """Return a subclass of pycurl's ``Curl`` with its name and the checks of `_Guard`."""
    names = {"_pycurl": pycurl, "__module__": real.__module__, "__qualname__": real.__qualname__}
    return type(real.__name__, (_Guard, real), names)


class _Guard:
    """The overriding methods of a guarded handle; a mixin before pycurl's own type."""

    _pycurl: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refusal: NetworkBlockedError | None = None
        self._url = ""
        self._arm()

    def _arm(self) -> None:
        self._own.setopt(self._pycurl.OPENSOCKETFUNCTION, _opener(self._pycurl, weakref.ref(self)))

    @property
    def _own(self) -> Any:
        """Access to the methods of pycurl's own handle, which this class overrides."""
        return super()

    def setopt(self, option: int, value: Any) -> None:
        """Set an option, and remember the URL: libcurl does not report it during a transfer."""
        if option == self._pycurl.URL:
            self._url = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        self._own.setopt(option, value)

    def reset(self) -> None:
        """Reset all options but the check."""
        self._own.reset()
        self._arm()

    def duphandle(self) -> Any:
        """Return a copy with a check of its own."""
        copy = self._own.duphandle()
        copy._refusal = None  # noqa: SLF001  # of this class
        copy._arm()  # noqa: SLF001  # of this class
        return copy

    def perform(self) -> Any:
        """Run the transfer as pycurl does; raise `NetworkBlockedError` if the block refused a connection of it."""
        return self._performed(self._own.perform)

    def perform_rb(self) -> Any:
        """Run the transfer and return the body as bytes; raises `NetworkBlockedError` as `perform` does."""
        return self._performed(self._own.perform_rb)

    def perform_rs(self) -> Any:
        """Run the transfer and return the body as text; raises `NetworkBlockedError` as `perform` does."""
        return self._performed(self._own.perform_rs)

    def _performed(self, perform: Callable[[], Any]) -> Any:
        self._refusal = None
        try:
            return perform()
        except self._pycurl.error as error:
            if self._refusal is not None:
                raise self._refusal from error
            raise

    def may_connect(self, block: Block, host: str, port: int) -> bool:
        """Return whether a block allows an address; if it does not, keep the error for `perform`."""
        named, wanted = place(self._url)
        verdict = block.judge_for(named, wanted, host, port)
        if verdict is Verdict.BLOCK and self._refusal is None:
            direct = is_direct(named, wanted, host, port)
            self._refusal = block.refuse(shown(self._url) if direct else address_url(host, port), "pycurl")
        return verdict is Verdict.ALLOW


def _opener(pycurl: Any, handle: weakref.ref[_Guard]) -> Callable[[int, Any], Any]:
    """Return libcurl's callback that opens sockets."""

    def opens(_purpose: int, address: Any) -> Any:
        family, kind, protocol, where = address
        block, curl = active_block(), handle()
        if block is not None and family in (socket.AF_INET, socket.AF_INET6):
            host, port = str(where[0]), int(where[1])
            allowed = block.judge(host, port) is Verdict.ALLOW if curl is None else curl.may_connect(block, host, port)
            if not allowed:
                return pycurl.SOCKET_BAD
        return _LentSocket(family, kind, protocol)

    return opens


class _LentSocket(socket.socket):
    """A socket that closes without a warning: pycurl duplicates it and drops this object."""

    def __del__(self) -> None:
        self.close()

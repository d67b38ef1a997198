"""pycurl: handles that are made while a block is in force ask before they open a socket."""

from __future__ import annotations

import functools
import socket
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from harness.netblock.active import in_force
from harness.netblock.addresses import normal, parse, place
from harness.netblock.errors import NetworkBlockedError, address_url, shown
from harness.netblock.patches import Patches
from harness.netblock.rules import Verdict


def patch_pycurl(patches: Patches, module: ModuleType) -> None:
    """``pycurl``: its types cannot be changed, so others of the same name stand in for them."""
    patches.replace(module, "Curl", functools.partial(_guarded, module))


def _guarded(pycurl: Any, real: type[Any]) -> type[Any]:
    class Curl(real):
        """pycurl's, with a guard at the socket."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._refusal: NetworkBlockedError | None = None
            self._url = ""
            self._arm()

        def _arm(self) -> None:
            self.setopt(pycurl.OPENSOCKETFUNCTION, _opener(pycurl, weakref.ref(self)))

        def setopt(self, option: int, value: Any) -> None:
            if option == pycurl.URL:  # libcurl does not say while it performs
                self._url = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
            super().setopt(option, value)

        def reset(self) -> None:
            super().reset()
            self._arm()

        def duphandle(self) -> Any:
            copy = super().duphandle()
            copy._refusal = None  # noqa: SLF001  # of our own type
            copy._arm()  # noqa: SLF001
            return copy

        def perform(self) -> Any:
            return self._plainly(super().perform)

        def perform_rb(self) -> Any:
            return self._plainly(super().perform_rb)

        def perform_rs(self) -> Any:
            return self._plainly(super().perform_rs)

        def _plainly(self, perform: Callable[[], Any]) -> Any:
            self._refusal = None
            try:
                return perform()
            except pycurl.error as error:
                if self._refusal is not None:
                    raise self._refusal from error
                raise

    Curl.__name__, Curl.__qualname__, Curl.__module__ = real.__name__, real.__qualname__, real.__module__
    return Curl


def _opener(pycurl: Any, handle: weakref.ref[Any]) -> Callable[[int, Any], Any]:
    def opens(_purpose: int, address: Any) -> Any:
        family, kind, protocol, where = address
        block = in_force()
        if block is not None and family in (socket.AF_INET, socket.AF_INET6):
            host, port = str(where[0]), int(where[1])
            curl = handle()
            url = "" if curl is None else curl._url  # noqa: SLF001  # of our own type
            named, wanted = place(url)
            verdict = block.judge_for(named, wanted, host, port)
            if verdict is Verdict.SHUT and curl is not None and curl._refusal is None:  # noqa: SLF001
                direct = port == wanted and (parse(named) is None or normal(named) == normal(host))
                curl._refusal = block.refuse(shown(url) if direct else address_url(host, port), "pycurl")  # noqa: SLF001
            if verdict is not Verdict.OPEN:
                return pycurl.SOCKET_BAD
        return _Lent(family, kind, protocol)

    return opens


class _Lent(socket.socket):
    """Pycurl duplicates what it is given, and drops the original, which is to be closed without a warning."""

    def __del__(self) -> None:
        self.close()

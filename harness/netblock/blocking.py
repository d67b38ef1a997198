"""`blocked`: makes a block active in the whole process, for the length of a ``with`` statement."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from harness.netblock import active, curl_cffi_handles, dns, pycurl_handles, subprocesses, uvloop_loops
from harness.netblock.active import LOCK, STACK
from harness.netblock.audit import add_hook
from harness.netblock.patches import LateImports, Patches
from harness.netblock.rules import Block

_PATCHED: Final[Mapping[str, Callable[[Patches, ModuleType], None]]] = {
    "socket": dns.patch_socket,
    "threading": active.patch_threading,
    "os": subprocesses.patch_os,
    "_posixsubprocess": subprocesses.patch_fork_exec,
    "subprocess": subprocesses.patch_subprocess,
    "_xxsubinterpreters": subprocesses.patch_interpreters,
    "_interpreters": subprocesses.patch_interpreters,
    "curl_cffi.curl": curl_cffi_handles.patch_curl,
    "curl_cffi.aio": curl_cffi_handles.patch_aio,
    "curl_cffi.requests.session": curl_cffi_handles.patch_session,
    "pycurl": pycurl_handles.patch_pycurl,
    "uvloop": uvloop_loops.patch_uvloop,
}
"""By module: the function that patches it, now or when it is imported."""

_patches: Final = Patches()


@contextmanager
def blocked(block: Block) -> Generator[None]:
    """Make a block active for all threads but exempt ones, and for the processes that they start.

    Of several active blocks only the latest applies. They may end in any order.
    """
    _enter(block)
    try:
        yield
    finally:
        _leave(block)


def _enter(block: Block) -> None:
    with LOCK:
        if not STACK:
            add_hook()
            subprocesses.watch_forks()
            try:
                _install()
            except BaseException:
                _remove()
                raise
        STACK.append(block)


def _leave(block: Block) -> None:
    with LOCK:
        for index in range(len(STACK) - 1, -1, -1):
            if STACK[index] is block:
                del STACK[index]
                break
        if not STACK:
            _remove()


def _install() -> None:
    sys.meta_path.insert(0, _late_imports)
    subprocesses.patch_kept(_patches)
    for name, patch in _PATCHED.items():
        module = sys.modules.get(name)
        if module is not None:
            patch(_patches, module)


def _remove() -> None:
    if _late_imports in sys.meta_path:
        sys.meta_path.remove(_late_imports)
    _patches.restore()


def _on_import(name: str, module: ModuleType) -> None:
    with LOCK:
        if STACK:
            _PATCHED[name](_patches, module)


_late_imports: Final = LateImports(frozenset(_PATCHED), _on_import)

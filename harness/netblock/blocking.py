"""`blocked`: rules in force for the length of a block, in the whole process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from harness.netblock import curl_cffi_handles, dns, interpreters, pycurl_handles, subprocesses, threads, uvloop_loops
from harness.netblock.active import LOCK, STACK
from harness.netblock.audit import add_hook
from harness.netblock.late_imports import LateImports
from harness.netblock.patches import Patches
from harness.netblock.rules import Block

_PATCHED: Final[Mapping[str, Callable[[Patches, ModuleType], None]]] = {
    "socket": dns.patch_socket,
    "threading": threads.patch_threading,
    "os": subprocesses.patch_os,
    "_posixsubprocess": subprocesses.patch_fork_exec,
    "subprocess": subprocesses.patch_subprocess,
    "_xxsubinterpreters": interpreters.patch_interpreters,
    "_interpreters": interpreters.patch_interpreters,
    "curl_cffi.curl": curl_cffi_handles.patch_curl,
    "curl_cffi.aio": curl_cffi_handles.patch_aio,
    "curl_cffi.requests.session": curl_cffi_handles.patch_session,
    "pycurl": pycurl_handles.patch_pycurl,
    "uvloop": uvloop_loops.patch_uvloop,
}
"""By module: what is patched in it when it has been imported, and when it will be."""

_patches: Final = Patches()


@contextmanager
def blocked(block: Block) -> Generator[None]:
    """Put rules in force, for all threads of the process but exempt ones, and for the processes that they start.

    Of several blocks the one that was entered last rules; they need not end in the order of their beginnings.
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

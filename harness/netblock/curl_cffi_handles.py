"""curl_cffi: every transfer that begins while a block is in force is watched, and its error made plain."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, Final

from harness.netblock.active import in_force
from harness.netblock.curl_watch import PROXIED, WATCH_OF, Watch
from harness.netblock.errors import NetworkBlockedError
from harness.netblock.patches import Patches

_PROXIES: Final = frozenset((10004, 10262))  # CURLOPT_PROXY, CURLOPT_PRE_PROXY
_PATIENCE: Final = 10.0  # s; the stream's task has ended, or is about to


def patch_curl(patches: Patches, module: ModuleType) -> None:
    """``curl_cffi.curl``: single handles, WebSockets among them."""
    curl = module.Curl
    patches.replace(curl, "perform", _watched_perform)
    patches.replace(curl, "setopt", _noting_proxies)
    patches.replace(curl, "reset", _forgetting_proxies)
    patches.replace(curl, "__init__", _beginning_without_proxy)
    patches.replace(curl, "duphandle", _copying_proxies)


def patch_aio(patches: Patches, module: ModuleType) -> None:
    """``curl_cffi.aio``: many handles at once."""
    patches.replace(module.AsyncCurl, "add_handle", _watched_add)
    patches.replace(module.AsyncCurl, "set_exception", _plain_exception)


def patch_session(patches: Patches, module: ModuleType) -> None:
    """``curl_cffi.requests.session``: a streamed answer keeps the error to itself otherwise."""
    patches.replace(module.Session, "request", _plain_stream)
    patches.replace(module.AsyncSession, "request", _plain_async_stream)


def _watched_perform(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def perform(curl: Any, *args: Any, **kwargs: Any) -> Any:
        block = in_force()
        if block is None:
            return real(curl, *args, **kwargs)
        watch = Watch(curl, block)
        try:
            return real(curl, *args, **kwargs)
        except Exception as error:
            if watch.refusal is not None:
                raise watch.refusal from error
            raise
        finally:
            watch.end()

    return perform


def _watched_add(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def add_handle(multi: Any, curl: Any) -> Any:
        block = in_force()
        if block is None:
            WATCH_OF.pop(curl, None)
            return real(multi, curl)
        watch = Watch(curl, block)
        future = real(multi, curl)
        future.add_done_callback(watch.end)
        return future

    return add_handle


def _plain_exception(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def set_exception(multi: Any, curl: Any, exception: Any) -> Any:
        watch = WATCH_OF.get(curl)
        if watch is not None and watch.refusal is not None:
            watch.refusal.__cause__ = exception
            exception = watch.refusal
        return real(multi, curl, exception)

    return set_exception


def _noting_proxies(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def setopt(curl: Any, option: Any, value: Any) -> Any:
        if option in _PROXIES and value:
            PROXIED[curl] = True
        return real(curl, option, value)

    return setopt


def _forgetting_proxies(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def reset(curl: Any) -> Any:
        PROXIED[curl] = False
        return real(curl)

    return reset


def _beginning_without_proxy(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def init(curl: Any, cacert: str = "", debug: bool = False, handle: Any = None, **more: Any) -> None:  # noqa: FBT001, FBT002  # curl_cffi's own
        if not handle:
            PROXIED[curl] = False
        real(curl, cacert, debug, handle, **more)

    return init


def _copying_proxies(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def duphandle(curl: Any) -> Any:
        copy = real(curl)
        if curl in PROXIED:
            PROXIED[copy] = PROXIED[curl]
        return copy

    return duphandle


def _plain_stream(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def request(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        task = getattr(answer, "stream_task", None)
        if task is not None and not answer.status_code:
            _raise_refusal(task.exception(_PATIENCE))
        return answer

    return request


def _plain_async_stream(real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(real)
    async def request(*args: Any, **kwargs: Any) -> Any:
        answer = await real(*args, **kwargs)
        task: asyncio.Task[Any] | None = getattr(answer, "astream_task", None)
        if task is not None and not answer.status_code:
            done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
            for each in done:
                _raise_refusal(each.exception())
        return answer

    return request


def _raise_refusal(error: BaseException | None) -> None:
    if isinstance(error, NetworkBlockedError):
        raise error

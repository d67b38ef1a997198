"""curl_cffi: checks every transfer that begins while a block is active, and raises the block's own error."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, Final

from harness.netblock.active import active_block
from harness.netblock.curl_checks import CHECK_OF, PROXIED, TransferCheck
from harness.netblock.errors import NetworkBlockedError
from harness.netblock.patches import Patches

_PROXIES: Final = frozenset((10004, 10262))  # CURLOPT_PROXY, CURLOPT_PRE_PROXY
_PATIENCE: Final = 10.0  # seconds; the stream's task has ended, or is about to


def patch_curl(patches: Patches, module: ModuleType) -> None:
    """Patch ``curl_cffi.curl``: single handles, also of WebSockets."""
    curl = module.Curl
    patches.replace(curl, "perform", _checked_perform)
    patches.replace(curl, "setopt", _setopt_with_proxy)
    patches.replace(curl, "reset", _reset_without_proxy)
    patches.replace(curl, "__init__", _init_without_proxy)
    patches.replace(curl, "duphandle", _duphandle_with_proxy)


def patch_aio(patches: Patches, module: ModuleType) -> None:
    """Patch ``curl_cffi.aio``: many handles at once."""
    patches.replace(module.AsyncCurl, "add_handle", _checked_add)
    patches.replace(module.AsyncCurl, "set_exception", _own_exception)


def patch_session(patches: Patches, module: ModuleType) -> None:
    """Patch ``curl_cffi.requests.session``: otherwise a streamed response hides the refusal."""
    patches.replace(module.Session, "request", _raising_stream)
    patches.replace(module.AsyncSession, "request", _raising_async_stream)


def _checked_perform(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def perform(curl: Any, *args: Any, **kwargs: Any) -> Any:
        block = active_block()
        if block is None:
            return real(curl, *args, **kwargs)
        check = TransferCheck(curl, block)
        try:
            return real(curl, *args, **kwargs)
        except Exception as error:
            if check.refusal is not None:
                raise check.refusal from error
            raise
        finally:
            check.end()

    return perform


def _checked_add(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def add_handle(multi: Any, curl: Any) -> Any:
        block = active_block()
        if block is None:
            CHECK_OF.pop(curl, None)
            return real(multi, curl)
        check = TransferCheck(curl, block)
        future = real(multi, curl)
        future.add_done_callback(check.end)
        return future

    return add_handle


def _own_exception(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def set_exception(multi: Any, curl: Any, exception: Any) -> Any:
        check = CHECK_OF.get(curl)
        if check is not None and check.refusal is not None:
            check.refusal.__cause__ = exception
            exception = check.refusal
        return real(multi, curl, exception)

    return set_exception


def _setopt_with_proxy(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def setopt(curl: Any, option: Any, value: Any) -> Any:
        if option in _PROXIES and value:
            PROXIED[curl] = True
        return real(curl, option, value)

    return setopt


def _reset_without_proxy(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def reset(curl: Any) -> Any:
        PROXIED[curl] = False
        return real(curl)

    return reset


def _init_without_proxy(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def init(curl: Any, cacert: str = "", debug: bool = False, handle: Any = None, **more: Any) -> None:  # noqa: FBT001, FBT002  # curl_cffi's own
        if not handle:
            PROXIED[curl] = False
        real(curl, cacert, debug, handle, **more)

    return init


def _duphandle_with_proxy(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def duphandle(curl: Any) -> Any:
        copy = real(curl)
        if curl in PROXIED:
            PROXIED[copy] = PROXIED[curl]
        return copy

    return duphandle


def _raising_stream(real: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(real)
    def request(*args: Any, **kwargs: Any) -> Any:
        answer = real(*args, **kwargs)
        task = getattr(answer, "stream_task", None)
        if task is not None and not answer.status_code:
            _raise_refusal(task.exception(_PATIENCE))
        return answer

    return request


def _raising_async_stream(real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
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

"""What only the blocking transport does: it can be interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from provider.transport.sync_transport import SyncTransport
from provider.transport.types import Settings
from tests.support.servers.raw_server import CLOSE, serve_raw


@pytest.fixture
def interrupt():
    """Sends SIGINT to this process once a server says that it is time."""
    threads = []

    def start(server):
        def run():
            server.hears()
            os.kill(os.getpid(), signal.SIGINT)

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(5)


def test_an_interrupted_receive_leaves_a_socket_that_can_be_closed(interrupt):
    async def script(connection):
        await connection.read_request()
        await connection.upgrade()
        await connection.wait(connection.server.go)
        connection.tell("now")
        connection.tell(await connection.read_frame())

    with serve_raw(script) as server, SyncTransport(Settings(trust_environment=False)) as transport:
        with transport.connect(server.ws_url, timeout=5) as socket:
            interrupt(server)
            started = time.monotonic()
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012  # it may come as early as that
                server.go.set()
                socket.receive(30)
            assert time.monotonic() - started < 15
        assert server.hears() == (CLOSE, b"\x03\xe8")


def test_an_interrupted_connect_closes_its_connection(interrupt):
    async def script(connection):
        await connection.read_request()
        connection.tell("asked")
        await connection.until_gone()

    with serve_raw(script) as server, SyncTransport(Settings(trust_environment=False)) as transport:
        interrupt(server)
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            transport.connect(server.ws_url, timeout=2)
        assert time.monotonic() - started < 30
        assert server.gone.wait(5)


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)


def test_importing_the_transports_imports_no_curl():
    code = """if True:
        import sys
        import provider.transport.async_transport, provider.transport.sync_transport
        assert not [name for name in sys.modules if name.startswith(("curl_cffi", "_cffi"))]
    """
    result = run_python(code)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("kind", ["sync_transport.SyncTransport", "async_transport.AsyncTransport"])
def test_a_missing_curl_is_told_when_a_transport_is_made(kind):
    module, name = kind.split(".")
    code = f"""if True:
        import sys
        sys.modules["curl_cffi"] = None
        from provider.transport.errors import MissingCurlError
        from provider.transport.{module} import {name}
        try:
            {name}()
        except MissingCurlError as error:
            assert isinstance(error.__cause__, ImportError)
        else:
            raise SystemExit("no error")
    """
    result = run_python(code)
    assert (result.returncode, result.stderr) == (0, "")

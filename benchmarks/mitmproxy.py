"""mitmproxy's recorder, in a venv and a process of its own."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.venvs import environment

REQUIREMENTS = Path(__file__).with_name("peers_mitmproxy.txt")
_STARTS = 60.0


@dataclass(frozen=True)
class Recorder:
    """A running mitmdump that writes all flows to a file.

    Attributes:
        url: Of its port.
        authority: PEM file of the certificates that it makes, there soon after the start.
        pid: Of its process.
    """

    url: str
    authority: Path
    pid: int

    def cpu(self) -> float:
        """Seconds of processor that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


def is_there() -> bool:
    """Whether it is installed, or can be."""
    return environment(REQUIREMENTS) is not None


@contextmanager
def mitmproxy(upstream: str, *, is_proxy: bool = False) -> Generator[Recorder]:
    """A recorder before a service, as a reverse proxy, or as a forward proxy.

    Raises:
        RuntimeError: It does not start.
    """
    made = environment(REQUIREMENTS)
    assert made is not None
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        mode = ["--set", "connection_strategy=lazy"] if is_proxy else ["--mode", f"reverse:{upstream}"]
        options = ["--listen-host", "127.0.0.1", "-p", str(port), "-q", "--ssl-insecure", "-w", f"{folder}/flows"]
        command = [str(made / "bin" / "mitmdump"), *mode, *options, "--set", f"confdir={folder}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
            try:
                _wait(port, running)
                yield Recorder(f"http://127.0.0.1:{port}", Path(folder) / "mitmproxy-ca-cert.pem", running.pid)
            finally:
                running.kill()


def _wait(port: int, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _STARTS
    while time.monotonic() < until and running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    running.kill()
    assert running.stderr is not None
    raise RuntimeError(f"mitmdump does not listen: {running.stderr.read().decode()[-500:]}")


def port_of(url: str) -> int:
    """The port of a URL that has one."""
    port = urlsplit(url).port
    assert port is not None
    return port

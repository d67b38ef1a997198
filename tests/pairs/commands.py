"""The commands that start the programs of the pairs: functions of port and folder."""

import os
import sys

from provider.auth.browser.executable import find_browser
from provider.errors import LoginError
from tests.pairs import environment
from tests.pairs.environment import PROGRAMS, InstallError

PAGE_PORT = 20000 + os.getpid() % 10000


def python(program, *arguments, venv="services"):
    """A program of ours in an environment of theirs; the port, if there is one, comes last."""
    return lambda *place: [environment.python(venv), PROGRAMS / program, *arguments, *map(str, place[:1])]


def node(program, *arguments):
    """The same in Node."""
    return lambda *place: [environment.node(), PROGRAMS / program, *arguments, *map(str, place[:1])]


def node_path():
    return {"NODE_PATH": str(environment.node_modules())}


def mosquitto(port, folder):
    """Debian's broker, listening for WebSockets; it takes any password."""
    # Debian's version starts only if there is a listener besides, which is no WebSocket's.
    lines = [f"listener 0 {folder / 'mqtt.socket'}", f"listener {port} 127.0.0.1", "protocol websockets"]
    lines += ["allow_anonymous true", "persistence false", *(["user root"] if os.getuid() == 0 else [])]
    settings = folder / "mosquitto.conf"
    if port:
        settings.write_text("\n".join(lines) + "\n")
    return [environment.debian("mosquitto", "mosquitto"), "-c", settings]


def nats(port, folder):
    """Debian's NATS server, listening for WebSockets."""
    settings = folder / "nats.conf"
    if port:
        socket = f'websocket {{ port: {port}, host: "127.0.0.1", no_tls: true }}'
        settings.write_text(f'port: -1\nhost: "127.0.0.1"\n{socket}\n')
    return [environment.debian("nats-server", "nats-server"), "-c", settings]


def aimock(port, _folder):
    """A server of the protocols of many language models."""
    program = environment.node_modules() / "@copilotkit" / "aimock" / "dist" / "cli.js"
    return [environment.node(), program, "--port", port, "--fixtures", PROGRAMS / "aimock.json"]


def jupyter(port, folder):
    """Jupyter's server, which takes the token out of its variable."""
    here = ("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0")
    more = (f"--ServerApp.root_dir={folder}", "--ServerApp.open_browser=False", "--allow-root")
    return [environment.python("jupyter"), "-m", "jupyter_server", *here, *more]


def page():
    """Its page has an origin of its own, the same in all runs, as a developer's server has."""
    try:
        browser = find_browser()
    except LoginError as error:
        raise InstallError(str(error)) from error
    return [sys.executable, PROGRAMS / "page_client.py", str(PAGE_PORT), browser]

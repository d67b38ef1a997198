"""The pairs: a client library and a server that nobody here wrote, and what makes each hard to replay.

A: values of the client's own that differ from run to run. B: messages that are JSON only in part, or not at all.
C1: what a client says on one socket comes in another order. C2: what a stream brings answers another request.
C3: one client hears what another says. C4: polls wait for what is to be told. D: secrets in places that nobody named.
E: secrets in prose. F: pages of another origin.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from provider.auth.browser.executable import find_browser
from provider.errors import LoginError
from tests.pairs import environment, made
from tests.pairs.environment import PROGRAMS, InstallError
from tests.support.project.tree import ROOT


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """A client and a server.

    Attributes:
        name: What it is called.
        cause: Which kinds of trouble it brings, by the letters of the module's docstring.
        server: Port and folder -> the command that serves there.
        client: -> the command that finds the server in ``WIRETAPE_URL``.
        secrets: Variable of both programs -> makes its value, which may stand nowhere in the recording.
        learn: Which of these the recorder is told of.
        options: Further options of ``record`` and ``replay``.
        variables: -> further variables of both programs.
        awaits: What is still to be built before it can pass; empty where it must.
    """

    name: str
    cause: str
    server: Callable
    client: Callable
    secrets: Mapping = field(default_factory=dict)
    learn: tuple = ()
    options: tuple = ()
    variables: Callable = dict
    awaits: str = ""

    def install(self):
        """Install both halves."""
        self.client()
        self.server(0, ROOT)

    def environment(self):
        """Variables of both programs that are no secrets."""
        return {"PYTHONPATH": str(ROOT), **self.variables()}


def python(program, *arguments, venv="services"):
    """A program of ours in an environment of theirs; the port, if there is one, comes last."""
    return lambda *place: [environment.python(venv), PROGRAMS / program, *arguments, *map(str, place[:1])]


def node(program, *arguments):
    """The same in Node."""
    return lambda *place: [environment.node(), PROGRAMS / program, *arguments, *map(str, place[:1])]


def _node_path():
    return {"NODE_PATH": str(environment.node_modules())}


def _mosquitto(port, folder):
    """Debian's broker, listening for WebSockets; it takes any password."""
    # Debian's version starts only if there is a listener besides, which is no WebSocket's.
    lines = [f"listener 0 {folder / 'mqtt.socket'}", f"listener {port} 127.0.0.1", "protocol websockets"]
    lines += ["allow_anonymous true", "persistence false", *(["user root"] if os.getuid() == 0 else [])]
    settings = folder / "mosquitto.conf"
    if port:
        settings.write_text("\n".join(lines) + "\n")
    return [environment.debian("mosquitto", "mosquitto"), "-c", settings]


def _nats(port, folder):
    """Debian's NATS server, listening for WebSockets."""
    settings = folder / "nats.conf"
    if port:
        socket = f'websocket {{ port: {port}, host: "127.0.0.1", no_tls: true }}'
        settings.write_text(f'port: -1\nhost: "127.0.0.1"\n{socket}\n')
    return [environment.debian("nats-server", "nats-server"), "-c", settings]


def _aimock(port, _folder):
    """A server of the protocols of many language models."""
    program = environment.node_modules() / "@copilotkit" / "aimock" / "dist" / "cli.js"
    return [environment.node(), program, "--port", port, "--fixtures", PROGRAMS / "aimock.json"]


def _jupyter(port, folder):
    """Jupyter's server, which takes the token out of its variable."""
    here = ("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0")
    more = (f"--ServerApp.root_dir={folder}", "--ServerApp.open_browser=False", "--allow-root")
    return [environment.python("jupyter"), "-m", "jupyter_server", *here, *more]


def _page():
    """Its page has an origin of its own, the same in all runs, as a developer's server has."""
    try:
        browser = find_browser()
    except LoginError as error:
        raise InstallError(str(error)) from error
    return [sys.executable, PROGRAMS / "page_client.py", str(PAGE_PORT), browser]


PAGE_PORT = 20000 + os.getpid() % 10000

PAIRS = (
    Pair(
        name="gql-strawberry",
        cause="C1: three subscriptions at once, in random order, with counted ids",
        server=python("strawberry_server.py"),
        client=python("gql_client.py", "3"),
    ),
    Pair(
        name="gql-strawberry-one",
        cause="D: a token in connection_init",
        server=python("strawberry_server.py"),
        client=python("gql_client.py", "1"),
        secrets={"PAIR_TOKEN": made.token},
    ),
    Pair(
        name="graphql-ws-strawberry",
        cause="C1, A: three subscriptions at once, in random order, with random ids",
        server=python("strawberry_server.py"),
        client=node("graphql_ws_client.cjs"),
        variables=_node_path,
    ),
    Pair(
        name="paho-mosquitto",
        cause="C1, B: acknowledgements that overtake what is published",
        server=_mosquitto,
        client=python("mqtt_client.py"),
    ),
    Pair(
        name="paho-mosquitto-password",
        cause="D: a password in a binary CONNECT",
        server=_mosquitto,
        client=python("mqtt_client.py"),
        secrets={"PAIR_PASSWORD": made.password},
        awaits="framing of MQTT: a password in a binary CONNECT has no name",
    ),
    Pair(
        name="paho-mosquitto-two",
        cause="C3: one client hears what the other publishes",
        server=_mosquitto,
        client=python("mqtt_two_clients.py"),
    ),
    Pair(
        name="mcp-sse",
        cause="C2: answers to POSTs come by a stream",
        server=python("mcp_server.py", "mcp", "sse"),
        client=python("mcp_client.py", "sse"),
    ),
    Pair(
        name="mcp-http",
        cause="C2: streamable HTTP",
        server=python("mcp_server.py", "mcp", "http"),
        client=python("mcp_client.py", "http"),
    ),
    Pair(
        name="mcp-token",
        cause="D: a token in JSON-RPC's params",
        server=python("mcp_server.py", "mcp", "http"),
        client=python("mcp_client.py", "http"),
        secrets={"PAIR_TOKEN": made.token},
    ),
    Pair(
        name="fastmcp-sse",
        cause="C2: answers to POSTs come by a stream",
        server=python("mcp_server.py", "fastmcp", "sse"),
        client=python("fastmcp_client.py", "sse"),
    ),
    Pair(
        name="fastmcp-http",
        cause="C2: streamable HTTP",
        server=python("mcp_server.py", "fastmcp", "http"),
        client=python("fastmcp_client.py", "http"),
    ),
    Pair(
        name="signalr-sse",
        cause="C2, B: what a hub pushes by a stream in answer to POSTs",
        server=python("signalr_server.py"),
        client=node("signalr_client.cjs", "ServerSentEvents"),
        variables=_node_path,
    ),
    Pair(
        name="signalr-polling",
        cause="C4, B: what a hub pushes by long polls",
        server=python("signalr_server.py"),
        client=python("aiosignalr_client.py", "LongPolling"),
    ),
    Pair(
        name="signalr-ws",
        cause="D, B: a token, and JSON in binary frames",
        server=python("signalr_server.py"),
        client=node("signalr_client.cjs", "WebSockets"),
        secrets={"PAIR_TOKEN": made.token},
        variables=_node_path,
    ),
    Pair(
        name="pysignalr-ws",
        cause="B: records that end in 0x1E, with random ids",
        server=python("signalr_server.py"),
        client=python("pysignalr_client.py"),
    ),
    Pair(
        name="socketio-npm",
        cause="C4, A, B: polls, and the way up to a socket",
        server=node("socketio_server.cjs"),
        client=node("socketio_client.cjs", "polling", "websocket"),
        variables=_node_path,
    ),
    Pair(
        name="socketio-npm-polling",
        cause="C4, A, B: polls",
        server=node("socketio_server.cjs"),
        client=node("socketio_client.cjs", "polling"),
        variables=_node_path,
    ),
    Pair(
        name="socketio-npm-ws",
        cause="D, B: a token in socket.io's own CONNECT",
        server=node("socketio_server.cjs"),
        client=node("socketio_client.cjs", "websocket"),
        secrets={"PAIR_TOKEN": made.token},
        variables=_node_path,
    ),
    Pair(
        name="socketio-polling",
        cause="C4, A, B: polls, with a cache-buster",
        server=python("socketio_server.py"),
        client=python("socketio_client.py", "polling"),
    ),
    Pair(
        name="socketio-ws",
        cause="D, B, A: a token in socket.io's own CONNECT",
        server=python("socketio_server.py"),
        client=python("socketio_client.py", "websocket"),
        secrets={"PAIR_TOKEN": made.token},
    ),
    Pair(
        name="jupyter",
        cause="A: ids of sessions and messages, and dates",
        server=_jupyter,
        client=python("kernel_client.py", venv="jupyter"),
        secrets={"JUPYTER_TOKEN": made.token},
        variables=lambda: {"JUPYTER_PLATFORM_DIRS": "1"},
    ),
    Pair(
        name="nats",
        cause="A, B: ids in lines of text",
        server=_nats,
        client=python("nats_client.py"),
    ),
    Pair(
        name="nats-token",
        cause="D: a token in a line CONNECT {..}",
        server=_nats,
        client=python("nats_client.py"),
        secrets={"PAIR_TOKEN": made.token},
    ),
    Pair(
        name="openai",
        cause="E: an address and a token in a prompt",
        server=_aimock,
        client=python("openai_client.py"),
        secrets={"PAIR_KEY": made.openai_key, "PAIR_EMAIL": made.email, "PAIR_JWT": made.jwt},
        variables=_node_path,
    ),
    Pair(
        name="openai-learn",
        cause="E: a learnt secret in a prompt",
        server=_aimock,
        client=python("openai_client.py"),
        secrets={"PAIR_KEY": made.openai_key, "PAIR_WORD": made.password},
        learn=("PAIR_WORD",),
        variables=_node_path,
    ),
    Pair(
        name="genai",
        cause="D: a key in a header of its own",
        server=_aimock,
        client=python("genai_client.py"),
        secrets={"PAIR_KEY": made.google_key},
        variables=_node_path,
    ),
    Pair(
        name="page",
        cause="F: a page of another origin",
        server=python("cors_server.py"),
        client=_page,
        options=("--allow-origin", f"http://127.0.0.1:{PAGE_PORT}"),
    ),
)
BY_NAME = {pair.name: pair for pair in PAIRS}

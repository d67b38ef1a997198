"""The pairs: a client library and a server that nobody here wrote, and what makes each hard to replay.

A: values of the client's own that differ from run to run. B: messages that are JSON only in part, or not at all.
C1: what a client says on one socket comes in another order. C2: what a stream brings answers another request.
C3: one client hears what another says. C4: polls wait for what is to be told. D: secrets in places that nobody named.
E: secrets in prose. F: pages of another origin.
"""

from tests.pairs import made
from tests.pairs.commands import PAGE_PORT, aimock, jupyter, mosquitto, nats, node, node_path, page, python
from tests.pairs.pair import Pair

TOKEN = {"PAIR_TOKEN": made.token}
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
        secrets=TOKEN,
    ),
    Pair(
        name="graphql-ws-strawberry",
        cause="C1, A: three subscriptions at once, in random order, with random ids",
        server=python("strawberry_server.py"),
        client=node("graphql_ws_client.cjs"),
        variables=node_path,
    ),
    Pair(
        name="paho-mosquitto",
        cause="C1, B: acknowledgements that overtake what is published",
        server=mosquitto,
        client=python("mqtt_client.py"),
    ),
    Pair(
        name="paho-mosquitto-password",
        cause="D: a password in a binary CONNECT",
        server=mosquitto,
        client=python("mqtt_client.py"),
        secrets={"PAIR_PASSWORD": made.password},
    ),
    Pair(
        name="paho-mosquitto-two",
        cause="C3: one client hears what the other publishes",
        server=mosquitto,
        client=python("mqtt_two_clients.py"),
    ),
    Pair(
        name="mqttjs-mosquitto",
        cause="A, B, D: packets in many messages, random ids, a password, version 5",
        server=mosquitto,
        client=node("mqtt_client.cjs", "5"),
        secrets={"PAIR_PASSWORD": made.password},
        variables=node_path,
    ),
    Pair(
        name="sockjs",
        cause="A: a session in the path that the client makes up",
        server=node("sockjs_server.cjs"),
        client=node("sockjs_client.cjs", "websocket"),
        secrets=TOKEN,
        variables=node_path,
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
        secrets=TOKEN,
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
        variables=node_path,
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
        secrets=TOKEN,
        variables=node_path,
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
        variables=node_path,
    ),
    Pair(
        name="socketio-npm-polling",
        cause="C4, A, B: polls",
        server=node("socketio_server.cjs"),
        client=node("socketio_client.cjs", "polling"),
        variables=node_path,
    ),
    Pair(
        name="socketio-npm-ws",
        cause="D, B: a token in socket.io's own CONNECT",
        server=node("socketio_server.cjs"),
        client=node("socketio_client.cjs", "websocket"),
        secrets=TOKEN,
        variables=node_path,
    ),
    Pair(
        name="socketio-npm-spaces",
        cause="C4, B: namespaces that polls open before a socket takes over, binary attachments, the service's pings",
        server=node("socketio_spaces_server.cjs"),
        client=node("socketio_spaces_client.cjs"),
        secrets=TOKEN,
        variables=node_path,
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
        secrets=TOKEN,
    ),
    Pair(
        name="jupyter",
        cause="A: ids of sessions and messages, and dates",
        server=jupyter,
        client=python("kernel_client.py", venv="jupyter"),
        secrets={"JUPYTER_TOKEN": made.token},
        variables=lambda: {"JUPYTER_PLATFORM_DIRS": "1"},
    ),
    Pair(
        name="nats",
        cause="A, B: ids in lines of text",
        server=nats,
        client=python("nats_client.py"),
    ),
    Pair(
        name="nats-token",
        cause="D: a token in a line CONNECT {..}",
        server=nats,
        client=python("nats_client.py"),
        secrets=TOKEN,
    ),
    Pair(
        name="openai",
        cause="E: an address and a token in a prompt",
        server=aimock,
        client=python("openai_client.py"),
        secrets={"PAIR_KEY": made.openai_key, "PAIR_EMAIL": made.email, "PAIR_JWT": made.jwt},
        variables=node_path,
    ),
    Pair(
        name="openai-learn",
        cause="E: a learnt secret in a prompt",
        server=aimock,
        client=python("openai_client.py"),
        secrets={"PAIR_KEY": made.openai_key, "PAIR_WORD": made.password},
        learn=("PAIR_WORD",),
        variables=node_path,
    ),
    Pair(
        name="genai",
        cause="D: a key in a header of its own",
        server=aimock,
        client=python("genai_client.py"),
        secrets={"PAIR_KEY": made.google_key},
        variables=node_path,
    ),
    Pair(
        name="page",
        cause="F: a page of another origin",
        server=python("cors_server.py"),
        client=page,
        options=("--allow-origin", f"http://127.0.0.1:{PAGE_PORT}"),
    ),
)
BY_NAME = {pair.name: pair for pair in PAIRS}

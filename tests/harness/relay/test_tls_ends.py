"""The end of a connection to a service over TLS, which asyncio's transports make easy to get wrong."""

import asyncio
import ssl

from fake_server.host.tls import make_identity
from harness.relay.upgrade_connections import OpenConnections, UpgradeConnection


async def test_connection_that_the_service_ended_is_closed_and_aborted_once():
    """A second close leaves asyncio's transport without its protocol: in CPython 3.11.2 `abort` fails then."""
    identity = make_identity([])

    async def end(_, writer):
        writer.close()

    service = await asyncio.start_server(end, "127.0.0.1", 0, ssl=identity.context)
    async with service:
        port = service.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cadata=identity.authority_pem.decode())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        connections = OpenConnections()
        UpgradeConnection(reader, writer, connections)
        assert await reader.read() == b""
        await connections.close(1.0)
        assert writer.get_extra_info("ssl_object") is not None

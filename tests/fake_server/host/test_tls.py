"""TLS: a certificate made on the spot, or given; and every end of a connection under it."""

import asyncio
import contextlib
import http.client
import ssl
import time

import pytest
import trustme
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fake_server import Certificate, CertificateError, Drop, Limits, Response, serve
from tests.support.clients.raw_client import dial, read_below
from tests.support.servers.stages import answering, conversing, echoing, text


def trusting(server) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=server.authority_pem.decode())


def ask(server, context, host="127.0.0.1"):
    connection = http.client.HTTPSConnection(host, server.port, timeout=5, context=context)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@contextlib.contextmanager
def encrypted(server, name="localhost"):
    with dial(server) as plain, trusting(server).wrap_socket(plain, server_hostname=name) as client:
        yield client


def talking(server):
    return connect(server.ws_url, ssl=trusting(server), proxy=None, open_timeout=5, close_timeout=5)


def test_made_certificate_is_good_for_loopback():
    with serve(echoing(), tls=True) as server:
        assert server.url == f"https://127.0.0.1:{server.port}"
        assert ask(server, trusting(server))[0] == 200
        assert ask(server, trusting(server), "localhost")[0] == 200


def test_made_certificate_bears_the_allowed_names():
    with (
        serve(echoing(), tls=True, allowed_hosts=["fake.test", "*"]) as server,
        encrypted(server, "fake.test") as client,
    ):
        names = [value for _, value in client.getpeercert()["subjectAltName"]]
    assert {"fake.test", "localhost", "127.0.0.1"} <= set(names)


def test_server_may_stop_while_a_client_takes_its_leave():
    with serve(echoing(), tls=True) as server, encrypted(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while client.recv(65536):
            pass
        server.close()
        assert server.errors == []


def test_http_1_1_is_what_is_agreed_on():
    with serve(echoing(), tls=True) as server, dial(server) as plain:
        context = trusting(server)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            assert client.selected_alpn_protocol() == "http/1.1"


def test_authority_can_be_written_to_a_file(tmp_path):
    with serve(echoing(), tls=True) as server:
        path = server.write_authority(tmp_path / "ca.pem")
        assert ask(server, ssl.create_default_context(cafile=path))[0] == 200


def test_socket_talks_under_tls():
    with serve(echoing(), tls=True) as server, talking(server) as client:
        for message in ("hi", "x" * 1_000_000):
            client.send(message)
            assert client.recv(5) == message


@pytest.fixture
def files(tmp_path):
    leaf = trustme.CA().issue_cert("localhost")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    leaf.private_key_pem.write_to_path(key)
    leaf.cert_chain_pems[0].write_to_path(chain)
    return Certificate(chain, key)


def test_given_certificate_is_used(files):
    with serve(echoing(), tls=files) as server, dial(server) as plain:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as client:
            assert client.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(files.chain.read_text())
        assert server.authority_pem == b""


def test_given_context_is_used(files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    with serve(echoing(), tls=context) as server:
        assert server.url.startswith("https://")


def test_missing_certificate_is_named(files, tmp_path):
    with pytest.raises(CertificateError, match=r"none\.pem: no such file"):
        serve(echoing(), tls=Certificate(files.chain, tmp_path / "none.pem"))


@pytest.mark.parametrize("broken", ["chain", "key"])
def test_file_that_is_no_certificate_is_named(files, broken):
    getattr(files, broken).write_text("nonsense")
    with pytest.raises(CertificateError, match=r"chain\.pem, .*key\.pem: not a certificate"):
        serve(echoing(), tls=files)


def test_key_of_another_certificate_is_refused(files):
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(files.key)
    with pytest.raises(CertificateError, match=r"key\.pem"):
        serve(echoing(), tls=files)


def test_encrypted_key_is_refused_without_asking(files):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"pw")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    files.key.write_bytes(key.private_bytes(*form, locked))
    with pytest.raises(CertificateError, match="unencrypted"):
        serve(echoing(), tls=files)


def test_client_that_does_not_speak_tls_harms_nobody():
    with serve(echoing(), tls=True) as server:
        with dial(server) as client, contextlib.suppress(ConnectionResetError):
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            client.recv(100)
        assert ask(server, trusting(server))[0] == 200
        assert server.errors == []


def test_silent_client_is_sent_away_after_the_handshake_timeout():
    with serve(echoing(), tls=True, limits=Limits(tls_timeout=0.1)) as server, dial(server) as client:
        assert client.recv(100) == b""
        assert server.errors == []


async def test_client_in_its_handshake_does_not_hold_up_the_close():
    async with serve(echoing(), tls=True) as server:
        _, writer = await asyncio.open_connection(server.host, server.port)
        began = time.monotonic()
        await server.aclose()
    writer.close()
    assert time.monotonic() - began < 3


def test_connection_can_be_reset_under_tls():
    with serve(answering(Drop(how="reset")), tls=True) as server, encrypted(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            read_below(client)


def test_connection_can_be_ended_under_tls():
    with serve(answering(Drop(how="eof")), tls=True) as server, pytest.raises(http.client.RemoteDisconnected):
        ask(server, trusting(server))


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_all_that_was_sent_arrives_before_a_socket_is_cut_under_tls(how):
    async def run(wire):
        for number in range(100):
            await wire.send(text(str(number)))
        await wire.receive()
        await wire.abort(how)

    with serve(conversing(run), tls=True) as server, talking(server) as client:
        assert [client.recv(5) for _ in range(100)][-1] == "99"
        client.send("go on")
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
    assert caught.value.rcvd is None


def test_large_answer_arrives_whole_under_tls():
    body = bytes(range(256)) * 40_000
    with serve(answering(Response(body=body)), tls=True) as server:
        assert ask(server, trusting(server)) == (200, body)


async def test_closing_is_quick_though_the_client_stays_under_tls():
    async with serve(echoing(), tls=True) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port, ssl=trusting(server))
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"}")
        began = time.monotonic()
        await server.aclose()
        assert time.monotonic() - began < 3
        assert await reader.read() == b""
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

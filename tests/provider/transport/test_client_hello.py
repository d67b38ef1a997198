"""The reader of ClientHellos by which looks are compared: on known fingerprints, on cut bytes, on nonsense."""

import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fingerprints.client_hello import ALPN, ClientHelloError, client_hello, is_grease, without_grease

CIPHERS = "1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035"
EXTENSIONS = "001b 0000 0033 0010 4469 0017 002d 000d 0005 0023 0012 002b ff01 000b 000a 0015"
ALGORITHMS = "0403 0804 0401 0503 0805 0501 0806 0601"


def numbers(text):
    return [int(one, 16) for one in text.split()]


def vector(data, size=2):
    return len(data).to_bytes(size) + data


def listed(values):
    return b"".join(value.to_bytes(2) for value in values)


def bodies(alpn=("h2", "http/1.1"), versions=(0x0304, 0x0303), algorithms=ALGORITHMS):
    """The bodies of the extensions that count with what is in them."""
    return {
        10: vector(listed([0x11EC, 29, 23, 24])),
        11: vector(b"\0", 1),
        13: vector(listed(numbers(algorithms))),
        ALPN: vector(b"".join(vector(one.encode(), 1) for one in alpn)),
        43: vector(listed(versions), 1),
    }


def message(ciphers=CIPHERS, extensions=EXTENSIONS, **more):
    known = bodies(**more)
    kinds = numbers(extensions)
    fields = b"".join(listed([kind]) + vector(known.get(kind, b"")) for kind in kinds)
    content = b"\x03\x03" + bytes(32) + vector(bytes(32), 1) + vector(listed(numbers(ciphers))) + b"\x01\x00"
    content += vector(fields) if kinds else b""
    return b"\x01" + vector(content, 3)


def wire(content, record=1 << 14):
    pieces = [content[at : at + record] for at in range(0, len(content), record)]
    return b"".join(b"\x16\x03\x01" + vector(piece) for piece in pieces)


def ja4(**more):
    return client_hello(wire(message(**more))).ja4


def test_fingerprint_is_that_of_foxios_worked_example():
    assert ja4() == "t13d1516h2_8daaf6152771_e5627efa2ab1"


def test_grease_changes_nothing():
    greased = ja4(
        ciphers=f"0a0a {CIPHERS}",
        extensions=f"1a1a {EXTENSIONS} fafa",
        versions=(0x3A3A, 0x0304, 0x0303),
        algorithms=f"6a6a {ALGORITHMS}",
    )
    assert greased == ja4()


def test_order_of_ciphers_and_extensions_changes_nothing():
    backwards = {"ciphers": " ".join(CIPHERS.split()[::-1]), "extensions": " ".join(EXTENSIONS.split()[::-1])}
    assert ja4(**backwards) == ja4()


def test_order_of_signature_algorithms_counts():
    assert ja4(algorithms=" ".join(ALGORITHMS.split()[::-1])) != ja4()


@pytest.mark.parametrize(
    ("more", "head"),
    [
        ({"extensions": EXTENSIONS.replace("0000 ", "")}, "t13i1515h2"),
        ({"extensions": EXTENSIONS.replace("002b ", "")}, "t12d1515h2"),
        ({"extensions": EXTENSIONS.replace("0010 ", "")}, "t13d151500"),
        ({"versions": (0x0303, 0x0302)}, "t12d1516h2"),
        ({"alpn": ("http/1.1",)}, "t13d1516h1"),
        ({"alpn": ("\x01odd",)}, "t13d151604"),
        ({"ciphers": "1301 " * 120}, "t13d9916h2"),
        ({"ciphers": ""}, "t13d0016h2_000000000000"),
    ],
)
def test_head_of_the_fingerprint_tells_what_is_there(more, head):
    assert ja4(**more).startswith(head)


def test_without_extensions_nothing_is_hashed_for_them():
    assert ja4(extensions="").endswith("_000000000000")
    assert ja4(extensions="").startswith("t12i150000")


def test_ja3_keeps_the_order_and_leaves_grease_out():
    hello = client_hello(wire(message(ciphers="1a1a 1301 c02b", extensions="0010 000a 000b 002b")))
    assert hello.ja3 == "771,4865-49195,16-10-11-43,4588-29-23-24,0"


def test_protocols_are_told_in_order():
    assert client_hello(wire(message())).alpn == ("h2", "http/1.1")


@pytest.mark.parametrize("record", [1, 5, 100, 16384])
def test_message_in_several_records_is_put_together(record):
    assert client_hello(wire(message(), record)).ja4 == ja4()


def test_nothing_is_told_before_all_has_come():
    whole = wire(message(), 100)
    assert {client_hello(whole[:size]) for size in range(len(whole))} == {None}


def test_what_follows_does_not_matter():
    assert client_hello(wire(message()) + b"\x17\x03\x03\x00\x01x").ja4 == ja4()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        wire(b"\x02" + vector(b"", 3)),
        wire(b"\x01\xff\xff\xff"),
        wire(b"\x01" + vector(b"\x03\x03", 3)),
        wire(b"\x01" + vector(message()[4:] + b"more", 3)),
        wire(message(ciphers="1301").replace(b"\x00\x02\x13\x01", b"\x00\x03\x13\x01\x13")),
    ],
)
def test_what_is_no_client_hello_is_refused(data):
    with pytest.raises(ClientHelloError):
        client_hello(data)


def test_that_of_pythons_own_tls_is_read():
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = client_hello(outgoing.read())
    assert hello.ja4.startswith("t13d")
    assert hello.alpn == ("http/1.1",)
    assert not hello.has_grease


def test_grease_is_the_sixteen_values_of_its_rfc():
    values = [value for value in range(0x10000) if is_grease(value)]
    assert (len(values), values[0], values[-1], without_grease(values)) == (16, 0x0A0A, 0xFAFA, ())


def read_or_refused(data):
    """All that is told of the bytes; None if they are refused."""
    try:
        hello = client_hello(data)
        return hello and (hello.ja4, hello.ja3, hello.alpn)
    except ClientHelloError:
        return None


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_nonsense_is_read_or_refused_and_nothing_else(data):
    read_or_refused(wire(b"\x01" + vector(data, 3)))


@settings(max_examples=200)
@given(st.integers(0, 2000), st.integers(0, 255))
def test_one_wrong_byte_is_read_or_refused_and_nothing_else(at, byte):
    data = bytearray(wire(message()))
    data[at % len(data)] = byte
    read_or_refused(bytes(data))

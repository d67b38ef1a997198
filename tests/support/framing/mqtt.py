"""MQTT packets, written as libraries write them."""


def text(value: str | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode()
    return len(raw).to_bytes(2, "big") + raw


def packet(first: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size, head = len(body), bytearray([first])
    while True:
        size, digit = divmod(size, 128)
        head.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(head) + body


def connect(client="walker", user="", password="", *, level=4, properties=b"\0"):
    flags = 2 | (0x80 if user else 0) | (0x40 if password else 0)
    middle = properties if level == 5 else b""
    credentials = [text(each) for each in (user, password) if each]
    return packet(0x10, text("MQTT"), bytes([level, flags, 0, 60]), middle, text(client), *credentials)


def publish(topic, payload, number=0, *, properties=b""):
    count = number.to_bytes(2, "big") if number else b""
    return packet(0x32 if number else 0x30, text(topic), count, properties, payload)


def subscribe(topic, number, *, properties=b""):
    return packet(0x82, number.to_bytes(2, "big"), properties, text(topic), b"\1")


def reply(kind, number, *rest):
    """PUBACK (4), PUBREC (5), PUBREL (6), PUBCOMP (7), SUBACK (9), UNSUBACK (11)."""
    return packet(kind << 4 | (2 if kind == 6 else 0), number.to_bytes(2, "big"), *rest)

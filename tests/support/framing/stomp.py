"""STOMP frames, written as libraries write them."""


def frame(command: str, headers: dict[str, str] | None = None, body: str | bytes = b"", *, eol: str = "\n") -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    head = "".join(f"{name}:{value}{eol}" for name, value in (headers or {}).items())
    return f"{command}{eol}{head}{eol}".encode() + raw + b"\0"


def sized(command: str, headers: dict[str, str], body: str | bytes) -> bytes:
    raw = body if isinstance(body, bytes) else body.encode()
    return frame(command, {**headers, "content-length": str(len(raw))}, raw)

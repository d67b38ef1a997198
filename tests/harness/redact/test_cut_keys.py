"""A private key whose transfer broke off has no last line, and is a secret all the same."""

import pytest

from harness.redact.engine import Redactor
from tests.harness.record.conftest import PROFILE

HEAD = b"-----BEGIN PRIVATE KEY-----"
LINES = b"\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nMzEfYyjiWA4R4M2bS1GB4t7NXp98C3SC6dV"
ESCAPED = LINES.replace(b"\n", b"\\n")
ENCRYPTED = b"\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,0011\r\n\r\n" + LINES[1:]


@pytest.mark.parametrize(
    ("cut", "kept"),
    [
        (b"key: " + HEAD + LINES, b"key: " + HEAD + b"wiretape-token-1"),
        (HEAD + LINES + b"\n-----EN", HEAD + b"wiretape-token-1-----EN"),
        (HEAD + ENCRYPTED, HEAD + b"wiretape-token-1"),
        (b'{"key":"' + HEAD + ESCAPED, b'{"key":"' + HEAD + b"wiretape-token-1"),
        (b'{"key":"' + HEAD + ESCAPED + b'","b":1}', b'{"key":"' + HEAD + b'wiretape-token-1","b":1}'),
        (HEAD + LINES + b"\x08\x01\xff", HEAD + b"wiretape-token-1".ljust(len(LINES), b"-") + b"\x08\x01\xff"),
    ],
    ids=[
        "in its lines",
        "in its last line",
        "encrypted",
        "in JSON that is cut",
        "in JSON that is whole",
        "before other binary data",
    ],
)
def test_a_key_without_its_end_is_redacted(cut, kept):
    assert Redactor(PROFILE).data(cut).data == kept


def test_a_text_about_keys_stays():
    text = b'{"say":"Begin with -----BEGIN PRIVATE KEY----- and then\\npaste all of the lines of your key below it"}'
    assert Redactor(PROFILE).data(text).data == text

import msgspec
import pytest

from harness.cassette.model import Body, Call, Cassette, Recorded, ResponsePart
from harness.cassette.store import load, rendered_for, side_folder
from harness.profile import ServiceProfile
from harness.record.errors import UnsafeCassetteError
from harness.record.save import write_checked
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor

SECRET = b"q7Zk3vX9pLw2RtY8"
PROFILE = ServiceProfile(name="test", upstream="https://service.test", secret_fields={"secret": "token"})


def cassette(body):
    call = Call(method="GET", target="/", response=ResponsePart(status=200, body=Body(data=body)))
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"), exchanges=(call,))


@pytest.fixture
def redactor():
    redactor = Redactor(PROFILE)
    redactor.data(b'{"secret":"' + SECRET + b'"}')
    return redactor


def test_safe_cassette_is_written(tmp_path, redactor):
    path = tmp_path / "x.yaml"
    write_checked(cassette(b"hello"), path, redactor)
    assert load(path) == cassette(b"hello")


@pytest.mark.parametrize("size", [0, 70_000])
def test_secret_is_found_in_the_cassette_and_in_its_side_files(tmp_path, redactor, size):
    path = tmp_path / "x.yaml"
    with pytest.raises(UnsafeCassetteError, match="secret") as refused:
        write_checked(cassette(b"x" * size + SECRET), path, redactor)
    ((name, finding),) = refused.value.findings
    assert (name == "x.yaml") == (size == 0)
    assert finding.label == "secret"
    assert not path.exists()
    assert not side_folder(path).exists()


@pytest.mark.parametrize("size", [0, 70_000])
def test_redacted_cassette_passes(tmp_path, redactor, size):
    path = tmp_path / "x.yaml"
    safe = redact_cassette(redactor, cassette(b"\xff" * size + SECRET))
    write_checked(safe, path, redactor)
    assert load(path).exchanges[0].response.body.data == b"\xff" * size + b"wiretape-token-1"


def test_error_survives_a_copy(redactor, tmp_path):
    with pytest.raises(UnsafeCassetteError) as refused:
        write_checked(cassette(SECRET), tmp_path / "x.yaml", redactor)
    kind, arguments = refused.value.__reduce__()[:2]
    assert str(kind(*arguments)) == str(refused.value)
    assert msgspec.to_builtins(refused.value.findings[0][1])["label"] == "secret"


@pytest.mark.parametrize("taken", [b"", b"other content of that name" * 4000], ids=["free", "taken"])
def test_what_is_looked_at_is_what_is_written_byte_for_byte(tmp_path, redactor, monkeypatch, taken):
    path = tmp_path / "x.yaml"
    body = b"y" * 70_000
    whole = cassette(body)
    response = msgspec.structs.replace(whole.exchanges[0].response, body=Body(data=body, file="named.bin"))
    whole = msgspec.structs.replace(whole, exchanges=(msgspec.structs.replace(whole.exchanges[0], response=response),))
    if taken:
        side_folder(path).mkdir()
        (side_folder(path) / "named.bin").write_bytes(taken)
    looked_at = []
    scan = redactor.scan
    monkeypatch.setattr(redactor, "scan", lambda content: looked_at.append(content) or scan(content))
    write_checked(whole, path, redactor)
    (side,) = (one for one in side_folder(path).iterdir() if one.read_bytes() != taken)
    assert {path.read_bytes(), side.read_bytes()} <= set(looked_at)
    assert side.name != "named.bin" if taken else side.name == "named.bin"


@pytest.mark.parametrize("place", [0, 1, 30, 59])
def test_secret_is_found_on_its_line_in_a_cassette_that_is_scanned_in_pieces(tmp_path, redactor, place):
    calls = tuple(
        Call(
            method="GET",
            target=f"/{number}",
            at=number,
            response=ResponsePart(
                status=200,
                body=Body(data=b"line\n- line\n" * 5000 + b"and " + (SECRET if number == place else b"nothing")),
            ),
        )
        for number in range(60)
    )
    whole = msgspec.structs.replace(cassette(b""), exchanges=calls)
    path = tmp_path / "x.yaml"
    content = rendered_for(whole, path).content
    assert len(content) > 3 << 20
    with pytest.raises(UnsafeCassetteError) as refused:
        write_checked(whole, path, redactor)
    ((_, finding),) = refused.value.findings
    found = content.split(b"\n")[finding.line - 1]
    assert found[finding.column - 1 :].startswith(SECRET)

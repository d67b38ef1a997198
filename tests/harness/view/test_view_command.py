"""``wiretape view``: the file that it writes, the server, and calls that are ready to repeat."""

import shlex
import urllib.error
import urllib.request

import msgspec
import pytest

from harness.cassette.model import Body, Call, RequestPart
from harness.cassette.store import save
from harness.cli.main import main
from harness.view.calls import as_curl, as_python
from harness.view.serving import showing


def test_the_page_is_written_for_its_owner_and_replaces_no_file(session, tmp_path):
    cassette, page = tmp_path / "one.yaml", tmp_path / "one.html"
    save(session, cassette)
    assert main(["view", str(cassette), "--out", str(page)]) == 0
    assert page.stat().st_mode & 0o777 == 0o600
    assert b"/orders" in page.read_bytes()
    assert main(["view", str(cassette), "--out", str(page)]) == 2
    assert main(["view", str(cassette), "--out", str(page), "--force"]) == 0
    assert main(["view", str(cassette), "--out", str(cassette), "--force"]) == 2


def test_the_page_has_no_secret_of_a_cassette_that_was_written_by_hand(session, tmp_path):
    secret = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
    cassette, page = tmp_path / "one.yaml", tmp_path / "one.html"
    text = "cassette: 1\nrecorded: {at: '2026-11-23T05:00:00Z', by: hand}\nexchanges:\n- call: GET /\n  at: 0\n"
    text += f"  request: {{headers: {{authorization: Bearer {secret}}}}}\n  response: {{status: 200, after: 1}}\n"
    cassette.write_text(text)
    assert main(["view", str(cassette), "--out", str(page)]) == 0
    assert secret.encode() not in page.read_bytes()


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_only_the_secret_path_by_its_own_host_has_the_page(headers):
    with showing(b"the page") as url:
        with urllib.request.urlopen(url) as response:
            assert (response.read(), response.headers["cache-control"]) == (b"the page", "no-store")
        for asked in (urllib.request.Request(url + "x"), urllib.request.Request(url, headers=headers)):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(asked)
            assert b"the page" not in caught.value.read()


def test_a_call_is_one_command_and_one_program_whatever_it_holds():
    odd = "a'b $(touch x) \\ \x1b[201~é"
    call = Call(
        method="PO'ST", target="/?q='", request=RequestPart(headers=(("x", "'; rm"),), body=Body(data=odd.encode()))
    )
    command = as_curl(call, "http://localhost")
    assert "\x1b" not in command
    words = shlex.split(command.partition("--data-raw")[0].replace("\\\n", " "))
    assert words[-2:] == ["--header", "x: '; rm"]
    assert command.endswith(shlex.quote("http://localhost/?q='"))
    program = as_python(call, "http://localhost")
    compile(program, "program", "exec")
    assert ascii(odd.encode()) in program


def test_two_cassettes_make_one_page_and_neither_is_overwritten(session, tmp_path):
    one, other, page = tmp_path / "one.yaml", tmp_path / "other.yaml", tmp_path / "page.html"
    save(session, one)
    save(session, other)
    assert main(["view", str(one), str(other), "--out", str(page)]) == 0
    assert b'"rows":[[0,0,"same",[]]' in page.read_bytes()
    assert main(["view", str(one), str(other), "--out", str(other), "--force"]) == 2


def test_a_comparison_of_the_terminal_names_the_page(session, tmp_path, capsys):
    one, other = tmp_path / "one.yaml", tmp_path / "an other.yaml"
    save(session, one)
    save(msgspec.structs.replace(session, exchanges=session.exchanges[1:]), other)
    assert main(["diff", str(one), str(other)]) == 1
    shown = "".join(capsys.readouterr().err.split())
    assert "".join(f"side by side: wiretape view {one} '{other}'".split()) in shown
    assert main(["diff", str(one), str(one)]) == 0
    assert "side by side" not in capsys.readouterr().err

"""``--allow-origin`` and ``--tls-name`` of record, replay and serve: who may come, and by which name."""

import json
import re
import subprocess
import sys

import pytest

from fake_server import serve
from harness.cassette.store import load
from harness.cli.main import main
from harness.proxy.named import ServerNameError, named_server
from harness.sessions import recording, replaying
from tests.support.servers.stages import echoing

NAME = "copilot.microsoft.com"
PAGE = "http://localhost:5173"
CLIENT = """
import json, os, socket, ssl, sys
from urllib.parse import urlsplit

def ask(host, *fields, name=None):
    at = urlsplit(os.environ["WIRETAPE_URL"])
    with socket.create_connection((at.hostname, at.port), timeout=10) as client:
        if at.scheme == "https":
            context = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
            client = context.wrap_socket(client, server_hostname=name or at.hostname)
        lines = ["GET /x HTTP/1.1", "Host: " + host.format(port=at.port), "Connection: close", *fields, "", ""]
        client.sendall("\\r\\n".join(lines).encode())
        data = b""
        while more := client.recv(65536):
            data += more
        client.close()
    return data.decode("latin-1")
"""
BY_NAME = (
    CLIENT
    + f"""
answers = [ask(host, name="{NAME}").split()[1] for host in ("{NAME}", "{NAME}:{{port}}", "127.0.0.1:{{port}}",
           "www.{NAME}", "microsoft.com", "{NAME}.evil.example")]
print(json.dumps(answers))
"""
)
BY_PAGE = (
    CLIENT
    + f"""
def seen(origin):
    head = ask("127.0.0.1:{{port}}", "Origin: " + origin).partition("\\r\\n\\r\\n")[0].lower()
    return head.split()[1], "access-control-allow-origin: " + origin in head
print(json.dumps([seen("{PAGE}"), seen("http://localhost:5174")]))
"""
)


def run(capfd, *argv):
    code = main([str(each) for each in argv])
    told = capfd.readouterr()
    return code, told.out, told.err


@pytest.fixture
def service():
    with serve(echoing(), own_origins=["*"]) as server:
        yield server


def record(capfd, tmp_path, service, code, *options):
    path = tmp_path / "a.yaml"
    return run(capfd, "record", "-o", path, "--upstream", service.url, *options, "--", sys.executable, "-c", code)


def replay(capfd, tmp_path, code, *options):
    return run(capfd, "replay", tmp_path / "a.yaml", *options, "--", sys.executable, "-c", code)


# ---------------------------------------------------------------- pages
def test_page_that_the_option_names_is_let_in_and_no_other(capfd, tmp_path, service):
    for run_it in (lambda: record(capfd, tmp_path, service, BY_PAGE, "--allow-origin", PAGE),
                   lambda: replay(capfd, tmp_path, BY_PAGE, "--allow-origin", PAGE)):  # fmt: skip
        code, out, err = run_it()
        assert (code, json.loads(out)) == (0, [["200", True], ["403", False]]), err
        assert "not let in (1 times): a page of http://localhost:5174: --allow-origin http://localhost:5174" in err


def test_origin_of_the_recording_is_not_let_in_by_the_cassette(capfd, tmp_path, service):
    record(capfd, tmp_path, service, BY_PAGE, "--allow-origin", PAGE)
    _, out, _ = replay(capfd, tmp_path, BY_PAGE, "--allow-origin", "http://localhost:5174")
    assert json.loads(out) == [["403", False], ["200", True]]


@pytest.mark.parametrize("origin", ["*", "null"])
def test_page_of_anybody_never_gets_the_users_token(capfd, tmp_path, service, monkeypatch, origin):
    monkeypatch.setenv("COPILOT_TOKEN", "real-token-of-the-tests-5fa1c3e79b")
    code, _, err = record(
        capfd, tmp_path, service, "print('ran')", "--allow-origin", origin, "--token-for", "127.0.0.1"
    )
    assert code == 2
    assert "would let any page act with your token" in err
    assert "such as http://localhost:5173" in err
    assert not list(tmp_path.glob("*.yaml*"))


@pytest.mark.parametrize("origin", ["*", "null"])
def test_page_of_anybody_may_come_where_no_token_is_swapped(capfd, tmp_path, service, monkeypatch, origin):
    monkeypatch.delenv("COPILOT_TOKEN", raising=False)
    code = BY_PAGE.replace(f'seen("{PAGE}"), seen("http://localhost:5174")', 'seen("null")')
    for run_it in (lambda: record(capfd, tmp_path, service, code, "--allow-origin", origin),
                   lambda: replay(capfd, tmp_path, code, "--allow-origin", origin)):  # fmt: skip
        found, out, err = run_it()
        assert (found, json.loads(out)) == (0, [["200", True]]), err


@pytest.mark.parametrize("command", ["record", "replay"])
def test_what_is_no_origin_is_named_before_anything_runs(capfd, tmp_path, service, command):
    given = ("-o", tmp_path / "a.yaml") if command == "record" else (tmp_path / "a.yaml",)
    code, _, err = run(capfd, command, *given, "--allow-origin", "localhost:5173")
    assert code == 2
    assert "'localhost:5173' is not the origin of a page" in err
    assert "--allow-origin" in err


def test_serve_says_what_is_no_origin(capfd):
    assert main(["serve", "--allow-origin", "localhost:5173"]) == 2
    assert "such as http://localhost:5173" in capfd.readouterr().err


def test_recording_and_replaying_take_the_same(tmp_path, service):
    forbidden = recording(tmp_path / "a.yaml", service.url, token="t" * 40, allowed_origins=["*"])
    with pytest.raises(ValueError, match="act with your token"), forbidden:
        pass
    with (
        pytest.raises(ValueError, match="not the origin of a page"),
        replaying(tmp_path / "a.yaml", allowed_origins=["x"]),
    ):
        pass


# ---------------------------------------------------------------- names
def test_server_goes_by_exactly_that_name(capfd, tmp_path, service):
    for run_it in (lambda: record(capfd, tmp_path, service, BY_NAME, "--tls-name", NAME),
                   lambda: replay(capfd, tmp_path, BY_NAME, "--tls-name", NAME)):  # fmt: skip
        code, out, err = run_it()
        assert json.loads(out) == ["200", "200", "200", "421", "421", "421"], err
        assert f"also https://{NAME}:" in err
        assert code == 0, err


def test_what_is_recorded_by_name_is_played_by_url(capfd, tmp_path, service):
    one = CLIENT + f'print(ask("{NAME}", name="{NAME}").split()[1])'
    other = CLIENT + 'print(ask("127.0.0.1:{port}").split()[1])'
    assert record(capfd, tmp_path, service, one, "--tls-name", NAME)[1] == "200\n"
    assert all(NAME not in str(each.request.headers) for each in load(tmp_path / "a.yaml").exchanges)
    code, out, err = replay(capfd, tmp_path, other)
    assert (code, out) == (0, "200\n"), err


def test_authority_can_be_kept(capfd, tmp_path, service):
    ca = tmp_path / "ca.pem"
    one = CLIENT + f'print(ask("{NAME}", name="{NAME}").split()[1])'
    record(capfd, tmp_path, service, one, "--tls-name", NAME, "--ca", ca)
    before = ca.read_bytes()
    assert replay(capfd, tmp_path, one, "--tls-name", NAME, "--ca", ca)[:2] == (0, "200\n")
    assert ca.read_bytes() == before


def test_serve_goes_by_exactly_that_name(tmp_path):
    ca = tmp_path / "ca.pem"
    argv = [sys.executable, "-m", "fake_server", "--port", "0", "--tls-name", NAME, "--ca-file", str(ca)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = process.stdout.readline() + process.stdout.readline()
            url = re.search(r"https://127\.0\.0\.1:\d+", told)[0]
            assert f"https://{NAME}:" in told
            env = {"WIRETAPE_URL": url, "SSL_CERT_FILE": str(ca)}
            ran = subprocess.run([sys.executable, "-c", BY_NAME], env=env, capture_output=True, timeout=30, check=True)
        finally:
            process.terminate()
    assert [status == "421" for status in json.loads(ran.stdout)] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("name", ["https://copilot.microsoft.com", "a.example:443", "*.example", "", "a b", "[::1]"])
def test_what_is_no_name_is_refused(name, capfd):
    with pytest.raises(ServerNameError, match="without scheme, port and wildcard"):
        named_server([name])
    assert main(["serve", "--tls-name", name]) == 2
    assert "without scheme, port and wildcard" in capfd.readouterr().err


def test_recorder_that_would_connect_to_itself_does_not_start(capfd, tmp_path):
    path = tmp_path / "a.yaml"
    code, _, err = run(capfd, "record", "-o", path, "--upstream", "https://localhost", "--tls-name", "localhost")
    assert code == 2
    assert "the recorder would connect to itself" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tls-name", NAME, "--proxy"), "--tls-name does not go with --proxy"),
        (("--ca", "ca.pem"), "--ca needs --proxy or --tls-name"),
    ],
)
def test_options_that_do_not_go_together(capfd, tmp_path, options, said):
    code, _, err = run(capfd, "record", "-o", tmp_path / "a.yaml", *options)
    assert code == 2
    assert said in err

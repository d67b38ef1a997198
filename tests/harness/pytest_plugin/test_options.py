"""Options: wrong ones stop the run, shared ones are added once, by whomever."""

import pytest

from tests.support.inner_pytest.runs import FAKE, InnerPytest

OURS = ("-p", "harness.pytest_plugin")
THEIRS = ("-p", "pytest_recording.plugin")
TALK = "@pytest.mark.cassette('x')\ndef test_it(copilot): assert copilot.chat('Hi').text"


@pytest.mark.parametrize(
    "option",
    [
        "--wire-timeout=soon",
        "--wire-speed=0",
        "--wire-unplayed=maybe",
        "--record-mode=some",
        "--wire-record-mode=some",
        "--wire-upstream=ftp://x",
        "--wire-upstream=http://x:99999",
        "--wire-upstream=fake:1999",
        "--allowed-hosts=(",
    ],
)
def test_wrong_option_stops_the_run_whether_or_not_a_wire_is_opened(inner, option):
    inner.write("def test_it(): pass")
    assert inner.run(option).ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("wire_allowed_hosts = (", "allowed_hosts*not a valid regular expression"),
        ("wire_ignore_hosts = [", "ignore_hosts*not a valid regular expression"),
        ("wire_upstream = gopher://x", "upstream*must be an http:// or https:// URL"),
        ("wire_generation = 1999", "no generation '1999'*Known:*2026"),
        ("wire_match_on = colour", "there is no 'colour'*Known: method"),
        ("wire_directory = a\x01b", "directory*control character"),
    ],
)
def test_wrong_line_of_the_file_stops_the_run_and_is_named(inner, line, complaint):
    inner.configure(f"{line}\n")
    inner.write("def test_it(): pass")
    result = inner.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{complaint}*"])


def test_password_of_a_wrong_upstream_is_not_shown(inner):
    inner.write("def test_it(): pass")
    result = inner.run("--wire-upstream=htp://me:secret@x")
    assert "secret" not in result.stdout.str() + result.stderr.str()
    result.stderr.fnmatch_lines(["*upstream='htp://[*][*][*]@x'*"])


@pytest.mark.parametrize(
    ("how", "given"),
    [
        pytest.param("option", OURS + THEIRS, id="option-ours first"),
        pytest.param("option", THEIRS + OURS, id="option-theirs first", marks=pytest.mark.slow),
        pytest.param("variable", OURS + THEIRS, id="variable-ours first", marks=pytest.mark.slow),
        pytest.param("variable", THEIRS + OURS, id="variable-theirs first", marks=pytest.mark.slow),
    ],
)
def test_both_plugins_may_be_named_in_any_order_without_autoload(pytester, monkeypatch, given, how):
    if how == "variable":
        monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    inner = InnerPytest(pytester, plugins=(*given, *(["--disable-plugin-autoload"] if how == "option" else [])))
    (inner.folder / "tox.ini").write_text("[pytest]\n")
    inner.write(TALK)
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=1)
    inner.run("--block-network").assert_outcomes(passed=1)


@pytest.mark.parametrize("place", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS", pytest.param("file", marks=pytest.mark.slow)])
def test_theirs_may_be_named_anywhere_without_autoload(pytester, monkeypatch, place):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    inner = InnerPytest(pytester, plugins=OURS)
    said = " ".join(THEIRS) if place != "PYTEST_PLUGINS" else THEIRS[-1]
    (inner.folder / "tox.ini").write_text(f"[pytest]\n{f'addopts = {said}' if place == 'file' else ''}\n")
    if place != "file":
        monkeypatch.setenv(place, said)
    inner.write(TALK)
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=1)


def test_shared_options_are_ours_where_theirs_is_installed_and_not_loaded(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    inner = InnerPytest(pytester, plugins=OURS)
    (inner.folder / "tox.ini").write_text("[pytest]\n")
    inner.write(TALK)
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=1)


@pytest.mark.slow
def test_both_named_without_autoload_work_in_workers_of_xdist(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    inner = InnerPytest(pytester, plugins=("-p", "xdist.plugin", *OURS, *THEIRS))
    (inner.folder / "tox.ini").write_text("[pytest]\n")
    inner.write(TALK)
    inner.run("-n", "1", "--record-mode=once", FAKE).assert_outcomes(passed=1)

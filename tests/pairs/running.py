"""Runs one pair: directly, through the recorder, and three times against the player while the server is gone."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.pairs import planted, standing
from tests.pairs.standing import CLIENT_LOG, SERVER_LOG, STATE, WIRETAPE

STEPS = ("direct", "record", "replay", "secrets", "lint")
CASSETTE, PLAYED = "cassette.yaml", "played.yaml"
# Seconds: until a server listens, and for one run of a client. On a busy machine some clients need ten to load their
# libraries; what is longer hangs.
STARTING, RUNNING = 60.0, 90.0
# What of this process's environment the programs see: nothing that leads them elsewhere than to the pair's other half.
_KEPT = ("PATH", "LANG", "TMPDIR", "WIRETAPE_REQUIRE_BROWSER", "CHROME_PATH")


class PairError(Exception):
    """A step did not go as it must; says which, and how."""


class TooSlowError(PairError):
    """A step was not over in time."""


@dataclass
class Result:
    """What came of a pair.

    Attributes:
        steps: Step -> "ok", or what went wrong in a few words.
        details: Step -> all that was said of what went wrong.
    """

    steps: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)

    @property
    def is_right(self):
        """Whether all went as it must."""
        return all(outcome == "ok" for outcome in self.steps.values())


@dataclass(frozen=True)
class Done:
    """A program that ended: what it printed, and how it ended."""

    code: int
    output: str
    errors: str


def run(pair, folder):
    """Take that pair through all steps, in that folder; a step that cannot be taken leaves the later ones out."""
    result = Result()
    secrets = {name: make() for name, make in pair.secrets.items()}
    try:
        _take(pair, folder, secrets, result)
    except PairError as error:
        step, _, said = str(error).partition(": ")
        result.steps[step], result.details[step] = said.splitlines()[0][:70], said
    return result


def suggested(pair, folder):
    """The TOML that `record --twice --check` prints for that pair; raises where it or the third run goes wrong."""
    port, environment = _free_port(), _environment(pair, folder, {})
    with _serving(pair, port, folder, environment):
        command = [
            WIRETAPE,
            "record",
            "-o",
            folder / CASSETTE,
            "--twice",
            "--check",
            "--upstream",
            f"http://127.0.0.1:{port}",
        ]
        done = _run("record --twice", [*command, *pair.options, "--", *_told_apart(pair, folder)], environment)
    _expect("record --twice", done, None, folder)
    return done.output[done.output.index("# Suggested") :]


def played(pair, folder):
    """What `wiretape play` finds, as it plays that pair's recorded client to its server, which is started anew."""
    secrets = {name: make() for name, make in pair.secrets.items()}
    port, environment = _free_port(), _environment(pair, folder, secrets)
    url, cassette = f"http://127.0.0.1:{port}", folder / CASSETTE
    with _serving(pair, port, folder, environment):
        command = [WIRETAPE, "record", "-o", cassette, "--upstream", url, *_learn(pair, folder, secrets), *pair.options]
        _expect("record", _run("record", [*command, "--", *_told_apart(pair, folder)], environment), None, folder)
    given = [each for name in [*secrets][:1] for each in ("--secret", f"token-1={name}")]
    with _serving(pair, port, folder, environment):
        command = [WIRETAPE, "play", cassette, "--to", url, "-o", folder / PLAYED, "--json", "--send-placeholders"]
        done = _run("play", [*command, "--deadline", "20", *given], environment)
    if done.code not in {0, 1}:
        raise PairError(f"play: exit code {done.code}\n{done.errors}{standing.told(folder)}")
    return json.loads(done.output)["findings"]


def _take(pair, folder, secrets, result):
    port = _free_port()
    environment = _environment(pair, folder, secrets)
    with _serving(pair, port, folder, environment):
        url = f"http://127.0.0.1:{port}"
        found = {"WIRETAPE_URL": url, "WIRETAPE_WS_URL": f"ws{url[4:]}"}
        direct = _run("direct", _told_apart(pair, folder), {**environment, **found})
    _expect("direct", direct, None, folder)
    result.steps["direct"] = "ok"

    cassette = folder / CASSETTE
    with _serving(pair, port, folder, environment):
        command = [WIRETAPE, "record", "-o", cassette, "--upstream", url, *_learn(pair, folder, secrets), *pair.options]
        recorded = _run("record", [*command, "--", *_told_apart(pair, folder)], environment)
    _expect("record", recorded, direct, folder)
    result.steps["record"] = "ok"

    others = {name: make() for name, make in pair.secrets.items()}
    said = _replay(pair, folder, [environment, environment, _environment(pair, folder, others)], direct, result)
    stand = planted.places_of(cassette, [secrets, others], {"record": recorded.errors, **said}, folder / STATE)
    _note(result, "secrets", "\n".join(stand))
    linted = _run("lint", [WIRETAPE, "lint", cassette], environment)
    _note(result, "lint", "" if linted.code == 0 else linted.output + linted.errors)


def _replay(pair, folder, environments, direct, result):
    """Play it to the client, at last with other secrets: whoever has the cassette only has others. Gives what was said."""
    said, wrong = {}, []
    for number, environment in enumerate(environments, 1):
        step = f"replay {number}"
        command = [WIRETAPE, "replay", folder / CASSETTE, *pair.options, "--", *_told_apart(pair, folder)]
        try:
            played = _run(step, command, environment)
            said[step] = played.errors
            _expect(step, played, direct, folder)
        except PairError as error:
            wrong.append(str(error))
            if isinstance(error, TooSlowError):
                break
    _note(result, "replay", "\n".join([f"{number - len(wrong)} of {len(environments)} right", *wrong]) if wrong else "")
    return said


def _note(result, step, wrong):
    result.steps[step] = wrong.splitlines()[0][:70] if wrong else "ok"
    if wrong:
        result.details[step] = wrong


def _told_apart(pair, folder):
    """The client's command, with what it says of errors in a file of its own: it may tell its own secrets, we may not."""
    return ["sh", "-c", 'exec "$@" 2>"$0"', folder / CLIENT_LOG, *pair.client()]


def _expect(step, done, direct, folder):
    """Raise where a client did not end well, or printed something else than directly."""
    if not done.code and done.output.strip() and (direct is None or done.output == direct.output):
        return
    told = f"\n--- printed\n{done.output[-3000:]}\n--- said\n{done.errors[-6000:]}{standing.told(folder)}"
    if done.code:
        raise PairError(f"{step}: exit code {done.code}{told}")
    if not done.output.strip():
        raise PairError(f"{step}: printed nothing{told}")
    raise PairError(f"{step}: printed something else{told}\n--- expected\n{direct.output[-3000:]}")


def _learn(pair, folder, secrets):
    if not pair.learn:
        return []
    path = folder / "learn.txt"
    path.write_text("".join(f"{secrets[name]}\n" for name in pair.learn))
    return ["--learn", path]


def _environment(pair, folder, secrets):
    """Of both programs and of the commands: their files, such as journals, stay in that folder."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    homes = {"HOME": folder / "home", "XDG_STATE_HOME": folder / STATE}
    for each in homes.values():
        each.mkdir(exist_ok=True)
    own = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", **{name: str(path) for name, path in homes.items()}}
    return {**kept, **own, **pair.environment(), **secrets}


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def _serving(pair, port, folder, environment):
    """The server, from where it listens to where its port is closed again."""
    log = folder / SERVER_LOG
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(each) for each in pair.server(port, folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    try:
        _wait_for(process, port, log)
        yield
    finally:
        _end(process)


def _wait_for(process, port, log):
    deadline = time.monotonic() + STARTING
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise PairError(f"server: does not listen\n{log.read_text(errors='replace')[-3000:]}")


def _run(step, command, environment):
    """Run a command to its end; whose variable HOME stands in the folder where its pair's files lie."""
    home = Path(environment["HOME"])
    process = subprocess.Popen(
        [str(each) for each in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=RUNNING)
    except subprocess.TimeoutExpired:
        connected = standing.connections(home)
        _end(process)
        output, errors = process.communicate()
        said = f"\n--- printed\n{output[-2000:]}\n--- said\n{errors[-6000:]}{connected}{standing.told(home.parent)}"
        raise TooSlowError(f"{step}: not over after {RUNNING:.0f} s{said}") from None
    finally:
        _end(process)
    return Done(process.returncode, output, errors)


def _end(process):
    """End that process and what it started: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            break

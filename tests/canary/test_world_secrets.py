"""Secrets of the world, by each way to record: none may be left, and without the rules they are."""

import json
import ssl
from dataclasses import replace

import pytest

from fake_server import serve
from harness.har.importing import import_har
from harness.profile import ServiceProfile
from harness.proxy.sessions import proxied_recording
from harness.record.options import RecordingOptions
from harness.redact.detect import patterns
from harness.sessions import recording
from provider.transport.types import Settings
from tests.support.secrets.canary_session import Way
from tests.support.secrets.carriers import unescaped
from tests.support.secrets.world_session import har, service, talk, world

ORIGIN = "https://service.test"
ANY = ServiceProfile(name="any", upstream=ORIGIN, origins=(ORIGIN,))


def by_relay(path, made, profile):
    with serve(service(made)) as upstream, recording(path, upstream.url, profile=profile) as running:
        talk(made, Way(running.url))


def by_proxy(path, made, profile):
    with (
        serve(service(made)) as upstream,
        proxied_recording(path, upstream.url, profile=profile, settings=Settings(trust_environment=False)) as session,
    ):
        talk(made, Way(ORIGIN, session.proxy_url, ssl.create_default_context(cafile=str(session.ca_file))))


def by_har(path, made, profile):
    source = path.with_suffix(".har.json")
    source.write_text(json.dumps(har(made, ORIGIN)))
    settings = RecordingOptions(state_directory=path.parent / "journal")
    import_har(source, path, profile=profile, options=settings)
    source.unlink()


WAYS = {"relay": by_relay, "proxy": by_proxy, "HAR": by_har}


def left(folder, made):
    """The planted secrets that any file holds."""
    texts = [unescaped(each.read_bytes()) for each in folder.rglob("*") if each.is_file() and each.suffix != ".pem"]
    everything = "\n".join(texts)
    return {(kind, carrier) for kind, carrier, core in made.planted if core[2:-2] in everything}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_of_the_world_is_left(folder, way):
    made = world(3)
    WAYS[way](folder / "world.yaml", made, ANY)
    assert (folder / "world.yaml").stat().st_size > 10_000
    assert left(folder, made) == set()


@pytest.mark.parametrize("way", WAYS)
def test_without_rules_they_are_left(folder, way, monkeypatch):
    monkeypatch.setattr(patterns, "PATTERNS", ())
    made = world(3)
    WAYS[way](folder / "world.yaml", made, replace(ANY, redact_generic=False, secret_cookies=False))
    assert len(left(folder, made)) > 0.8 * len({(kind, carrier) for kind, carrier, _ in made.planted})

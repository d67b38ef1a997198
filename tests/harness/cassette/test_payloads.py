"""Large bodies that lie on the disk while a cassette is made: the same values as bodies in memory."""

import copy
import errno
import os
import pickle

import msgspec
import pytest

from harness.cassette.model import Body, Call, Cassette, Recorded, RequestPart, ResponsePart
from harness.cassette.payloads import MAX_INLINE_BYTES, PayloadStore, StoredBody, body_of, with_stored_bodies
from harness.cassette.store import load, rendered_for, save

LARGE = b"\x00large" * 20_000
OTHER = b"\x00other" * 20_000


@pytest.fixture
def store(tmp_path):
    return PayloadStore(tmp_path / "state")


def call(body, sent=Body()):  # noqa: B008  # a frozen value
    return Call(method="POST", target="/", request=RequestPart(body=sent), response=ResponsePart(status=200, body=body))


def cassette(*exchanges):
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"), exchanges=exchanges)


def test_body_on_the_disk_equals_one_in_memory(store):
    stored = body_of(store.put(LARGE), "a.bin")
    assert isinstance(stored, StoredBody)
    assert (stored, hash(stored)) == (Body(data=LARGE, file="a.bin"), hash(Body(data=LARGE, file="a.bin")))
    assert Body(data=LARGE, file="a.bin") == stored
    assert stored == body_of(store.put(LARGE), "a.bin")


@pytest.mark.parametrize("other", [Body(data=OTHER), Body(data=LARGE, file="a.bin"), Body(), LARGE])
def test_body_on_the_disk_differs_from_another(store, other):
    stored = body_of(store.put(LARGE))
    assert stored != other
    assert other != stored


def test_several_payloads_stay_apart(store):
    bodies = [body_of(store.put(data)) for data in (LARGE, OTHER, LARGE)]
    assert [body.data for body in bodies] == [LARGE, OTHER, LARGE]


def test_new_content_of_a_body_on_the_disk_lies_there_too(store):
    changed = body_of(store.put(LARGE), "a.bin").holding(OTHER)
    assert isinstance(changed, StoredBody)
    assert (changed.data, changed.file, changed.unnamed().file) == (OTHER, "a.bin", None)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda body: pickle.loads(pickle.dumps(body))])
def test_copy_does_not_need_the_store(store, copied):
    stored = call(body_of(store.put(LARGE), "a.bin"))
    other = copied(stored)
    assert type(other.response.body) is Body
    assert other == stored


def test_only_bodies_that_go_to_side_files_are_stored(store):
    small = call(Body(data=b"x" * MAX_INLINE_BYTES), sent=Body(data=LARGE))
    stored = with_stored_bodies(small, store)
    assert stored == small
    assert [type(part.body) for part in (stored.request, stored.response)] == [StoredBody, Body]


def test_nothing_on_the_disk_has_a_name(store, tmp_path):
    store.put(LARGE)
    assert list((tmp_path / "state").iterdir()) == []


def test_payloads_stay_in_memory_if_the_disk_is_full(store, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("harness.cassette.payloads.os.pwrite", full)
    assert body_of(store.put(LARGE)) == Body(data=LARGE)
    assert type(body_of(store.put(OTHER))) is Body


def test_cassette_of_stored_bodies_is_written_as_one_of_bodies_in_memory(store, tmp_path):
    plain = cassette(call(Body(data=LARGE)), call(Body(data=OTHER, file="named.bin")), call(Body(data=LARGE)))
    stored = msgspec.structs.replace(
        plain, exchanges=tuple(with_stored_bodies(each, store) for each in plain.exchanges)
    )
    (tmp_path / "one").mkdir()
    one, other = rendered_for(plain, tmp_path / "one" / "x.yaml"), rendered_for(stored, tmp_path / "one" / "x.yaml")
    assert one.content == other.content
    assert one.cassette == other.cassette
    written = save(stored, tmp_path / "one" / "x.yaml")
    assert load(tmp_path / "one" / "x.yaml") == written == one.cassette


def test_written_again_over_its_own_side_files(store, tmp_path):
    path = tmp_path / "x.yaml"
    first = save(cassette(call(body_of(store.put(LARGE)))), path)
    assert save(cassette(call(body_of(store.put(LARGE)))), path) == first
    assert save(cassette(call(body_of(store.put(OTHER), first.exchanges[0].response.body.file))), path) != first
    assert load(path).exchanges[0].response.body.data == OTHER

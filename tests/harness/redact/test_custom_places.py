"""Places that users name by hand."""

import pytest

from harness.profile import ServiceProfile, with_places
from harness.redact.detect.custom_places import CustomPlaceError, json_values
from harness.redact.engine import Redactor


def redactor(*places):
    return Redactor(with_places(ServiceProfile(name="any", upstream="https://service.test"), places))


def test_query_form_and_header():
    ours = redactor("query.t", "header.X-Id", "form.pin")
    assert ours.text("/a?t=12&u=12") == "/a?t=wiretape-token-1&u=12"
    assert ours.headers([("x-id", "34"), ("x-other", "34")]) == (("x-id", "wiretape-token-2"), ("x-other", "34"))
    assert ours.data(b"a=1&pin=0000").data == b"a=1&pin=wiretape-token-3"


@pytest.mark.parametrize(
    ("place", "before", "after"),
    [
        ("json.items[*].id", '{"items":[{"id":"a"},{"id":"b","x":"a"}],"id":"c"}', '{"items":[{"id":"T1"},{"id":"T2","x":"a"}],"id":"c"}'),
        ("json.items[1].id", '{"items":[{"id":"a"},{"id":"b"}]}', '{"items":[{"id":"a"},{"id":"T1"}]}'),
        ("message.id", '{"id":"a","inner":{"id":"b"}}', '{"id":"T1","inner":{"id":"b"}}'),
        ("json.user", '{"user":{"a":"x","b":["y"]},"c":"z"}', '{"user":{"a":"T1","b":["T2"]},"c":"z"}'),
        ("json[*]", '["a","b"]', '["T1","T2"]'),
        ("json.n", '{"n":12345}', '{"n":947382731}'),
        ("json.a", '{"a":"x\\"y","b":1}', '{"a":"T1","b":1}'),
        ("json.a", '{"a":"x', '{"a":"x'),
    ],
)  # fmt: skip
def test_fields_of_json(place, before, after):
    clean = redactor(place).data(before.encode()).data.decode()
    assert clean.replace("wiretape-token-", "T") == after


def test_segments_of_a_path():
    ours = redactor("path[1]")
    assert ours.text("/users/robin/items?x=robin") == "/users/wiretape-token-1/items?x=robin"
    assert ours.text("https://service.test/users/robin") == "https://service.test/users/wiretape-token-1"
    assert ours.text("/users") == "/users"


@pytest.mark.parametrize(
    "place", ["", "t", "query", "query.", "path", "path.x", "path[x]", "json", "cookie.a", "body.a", "header[1]"]
)
def test_what_is_no_place_is_refused(place):
    with pytest.raises(CustomPlaceError, match="place"):
        redactor(place)


def test_paths_of_json_values():
    data = b'{"a":[1,{"b":"c"}],"d":null,"e":"f"}'
    found = [(path, data[start:end]) for path, start, end in json_values(data)]
    assert found == [(("a", 0), b"1"), (("a", 1, "b"), b'"c"'), (("e",), b'"f"')]

from __future__ import annotations

import json

import pytest

from harness.match.bindings import Bindings
from harness.match.compare import Rules, difference
from harness.match.request import ParsedRequest
from tests.support.cassettes.builders import PLAIN, PROFILE

RULES = Rules.of(PROFILE)
UUIDS = ("5f2b1c9e-0d34-4a7b-9f7e-0c1d2e3f4a5b", "00000000-0000-4000-8000-000000000001")
FORM = (("content-type", "application/x-www-form-urlencoded"),)


def differences(
    recorded: ParsedRequest, actual: ParsedRequest, bindings: Bindings | None = None
) -> list[tuple[str, str, str]]:
    found = difference(recorded, actual, RULES, bindings)
    return [(each.field, each.recorded, each.actual) for each in found]


def test_method_and_path_are_compared():
    assert differences(ParsedRequest("GET", "/a"), ParsedRequest("POST", "/b")) == [
        ("method", '"GET"', '"POST"'),
        ("path", '"/a"', '"/b"'),
    ]


def test_percent_escapes_of_a_path_do_not_matter_except_for_a_slash():
    assert differences(ParsedRequest("GET", "/a%7Eb"), ParsedRequest("GET", "/a~b")) == []
    assert differences(ParsedRequest("GET", "/a%2Fb"), ParsedRequest("GET", "/a/b")) != []


def test_each_query_value_is_compared_by_its_name():
    assert differences(ParsedRequest("GET", "/a?x=1&y=2&y=3"), ParsedRequest("GET", "/a?y=2&y=4&x=1&z=")) == [
        ("query.y[1]", '"3"', '"4"'),
        ("query.z", "(absent)", '""'),
    ]


def test_volatile_query_value_matches_by_kind():
    recorded, actual = (ParsedRequest("GET", f"/chat?clientSessionId={uuid}") for uuid in UUIDS)
    assert differences(recorded, actual) == []


def test_secret_query_value_matches_any_other_in_any_spelling():
    assert (
        differences(ParsedRequest("GET", "/a?accessToken=wiretape-1"), ParsedRequest("GET", "/a?accessToken=ey.1.2"))
        == []
    )


def test_secret_query_value_that_is_missing_differs_without_being_shown():
    assert differences(ParsedRequest("GET", "/a?accessToken=hunter22"), ParsedRequest("GET", "/a")) == [
        ("query.accessToken", "***", "(absent)")
    ]


def test_bound_value_in_a_path_stands_for_the_recorded_one():
    bindings = Bindings()
    bindings.bind("A", "B")
    assert differences(ParsedRequest("GET", "/c/A/history"), ParsedRequest("GET", "/c/B/history"), bindings) == []


@pytest.mark.parametrize("value", ["Bearer one", "bearer two"])
def test_authorization_matches_any_secret_of_its_scheme(value):
    recorded = ParsedRequest("GET", "/", (("authorization", "Bearer wiretape-token-1"),))
    assert differences(recorded, ParsedRequest("GET", "/", (("authorization", value),))) == []


@pytest.mark.parametrize(
    ("headers", "shown"),
    [((), "(absent)"), ((("authorization", "Basic abc"),), '"Basic ***"'), ((("authorization", ""),), '"(empty)"')],
)
def test_authorization_that_is_absent_or_of_another_scheme_differs(headers, shown):
    recorded = ParsedRequest("GET", "/", (("authorization", "Bearer wiretape-token-1"),))
    assert differences(recorded, ParsedRequest("GET", "/", headers)) == [
        ("headers.authorization", '"Bearer ***"', shown)
    ]


def test_other_headers_do_not_matter():
    assert (
        differences(ParsedRequest("GET", "/", (("user-agent", "a"),)), ParsedRequest("GET", "/", (("cookie", "b=1"),)))
        == []
    )


def test_json_body_is_compared_by_its_fields():
    recorded, actual = (
        ParsedRequest("POST", "/", (), b'{"a":{"b":[1]}}'),
        ParsedRequest("POST", "/", (), b'{"a": {"b": [2]}}'),
    )
    assert differences(recorded, actual) == [("body.a.b[0]", "1", "2")]


def test_empty_body_differs_from_an_empty_object():
    assert differences(ParsedRequest("POST", "/", (), b""), ParsedRequest("POST", "/", (), b"{}")) == [
        ("body", '""', '"{}"')
    ]


def test_url_encoded_form_is_compared_by_its_fields():
    recorded, actual = (
        ParsedRequest("POST", "/", FORM, b"a=1&password=wiretape-1"),
        ParsedRequest("POST", "/", FORM, b"password=x&a=2"),
    )
    assert differences(recorded, actual) == [("body.a", '"1"', '"2"')]


def multipart(boundary: str, content: bytes, filename: str = "a.txt") -> ParsedRequest:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
    body = head.encode() + b"Content-Type: text/plain\r\n\r\n" + content + f"\r\n--{boundary}--\r\n".encode()
    return ParsedRequest("POST", "/", (("content-type", f"multipart/form-data; boundary={boundary}"),), body)


def test_multipart_boundary_does_not_matter():
    assert differences(multipart("one", b"x"), multipart("other", b"x")) == []


def test_multipart_part_that_differs_is_named():
    found = differences(multipart("one", b"x\xff"), multipart("other", b"y", "b.txt"))
    assert [field for field, *_ in found] == ["body.file.filename", "body.file"]


def test_binary_body_is_summarised():
    [(field, recorded, _)] = differences(
        ParsedRequest("POST", "/", (), b"\xff\xd8"), ParsedRequest("POST", "/", (), b"\xff")
    )
    assert (field, recorded.startswith('"2 bytes, sha256 ')) == ("body", True)


def test_absolute_target_compares_with_its_origin():
    assert differences(ParsedRequest("GET", "https://login.example/a"), ParsedRequest("GET", "/a")) == [
        ("origin", '"https://login.example"', "(absent)")
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda value: [{"name": "HOME", "value": "/root"}, {"name": "passphrase", "value": value}],
        lambda value: {"headers": [["accept", "*/*"], ["password", value]]},
    ],
    ids=["name and value", "list of pairs"],
)
def test_secret_whose_name_stands_beside_it_is_not_shown(make):
    rules = Rules.of(PLAIN)
    bodies = [json.dumps(make(value)).encode() for value in ("something plain", "kq7!xW2pZ#")]
    recorded, actual = (ParsedRequest("POST", "/a", (), body) for body in bodies)
    rules.mask.received(bodies[1])
    (found,) = difference(recorded, actual, rules)
    assert found.actual == "***"

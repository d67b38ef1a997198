"""The control service: tests that begin, are reported and end; and what it refuses."""

import http.client
import json
import shutil
import threading
from urllib.parse import urlsplit

import msgspec
import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load, save
from harness.control import ControlError, controlling
from harness.control.stage import MOST_TESTS
from tests.harness.control.conftest import begin, end
from tests.harness.stubs.conftest import ask
from tests.support.cassettes.builders import call, cassette
from tests.support.servers.stages import StageOf


def test_a_test_begins_is_reported_and_ends(control):
    begun = begin(control)
    assert begun.status == 201
    test = begun.json()
    assert test["ws_url"] == test["url"].replace("http", "ws")
    assert ask(test["url"] + "/items").json() == [1]
    report = ask(test["test"]).json()
    assert (report["ok"], report["played"], report["total"], report["ended"]) == (False, 1, 2, False)
    assert report["problems"] == [{"kind": "unplayed", "summary": report["problems"][0]["summary"]}]
    ask(test["url"] + "/more")
    last = end(test).json()
    assert (last["ok"], last["played"], last["ended"], last["recorded"]) == (True, 2, True, False)
    assert ask(test["test"]).json()["ended"]
    assert end(test).status == 410
    with pytest.raises(OSError):
        ask(test["url"] + "/items")
    assert control.failed == ()


def test_a_request_that_was_not_recorded_is_in_the_report(control):
    test = begin(control, "sub/inner", ignore=["query.t"]).json()
    assert ask(test["url"] + "/itms").status == 501
    ask(test["url"] + "/items?t=1")
    report = end(test).json()
    assert not report["ok"]
    assert "no-match: GET /itms" in report["text"]
    assert control.failed == (report["text"],)


def test_tests_run_side_by_side(control):
    tests = [begin(control).json() for _ in range(3)]
    answers = []
    threads = [threading.Thread(target=lambda t=t: answers.append(ask(t["url"] + "/items").body)) for t in tests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [b"[1]"] * 3
    assert [end(test).json()["played"] for test in tests] == [1, 1, 1]


def test_a_test_ends_by_itself_after_its_time(control):
    test = begin(control, lifetime=0.2).json()
    for _ in range(500):
        report = ask(test["test"]).json()
        if report["ended"]:
            break
    assert report["ended"]
    assert report["problems"]


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "sub/../../secret",
        "/etc/passwd",
        "sub//inner",
        "./talk",
        ".hidden",
        "sub\\inner",
        "talk\0",
        "a" * 500,
        "link",
        "linked/inner",
    ],
)
def test_no_cassette_outside_the_folder_is_read(control, folder, name):
    secret = folder.parent / "secret.yaml"
    secret.write_bytes((folder / "talk.yaml").read_bytes())
    (folder / "link.yaml").symlink_to(secret)
    (folder / "linked").symlink_to(folder / "sub")
    refused = begin(control, name)
    assert (refused.status, refused.json()["wiretape"]["error"]) == (400, "bad-name")


def test_a_folder_that_is_a_link_is_followed_once(folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    with controlling(tmp_path / "link") as control:
        assert begin(control).status == 201


def test_a_file_is_no_folder(folder):
    with pytest.raises(ControlError, match="is not a folder"), controlling(folder / "talk.yaml"):
        pass


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"cassette": 7}, "cassette: expected the name"),
        ({}, "cassette: expected the name"),
        ({"cassette": "talk", "mode": "all"}, "mode: expected one of none, once, rewrite"),
        ({"cassette": "talk", "lifetime": 1e9}, "lifetime: expected seconds, above 0 and at most 3600"),
        ({"cassette": "talk", "deadline": True}, "deadline: expected seconds"),
        ({"cassette": "talk", "speed": "fast"}, "speed: expected instant"),
        ({"cassette": "talk", "ignore": "query.t"}, "ignore: expected a list of texts"),
        ({"cassette": "talk", "ignore": ["?"]}, "ignore"),
        ({"cassette": "talk", "match_on": ["colour"]}, "colour"),
        ({"cassete": "talk"}, "cassete: unknown key: expected cassette"),
        ([], "the body: expected a JSON object"),
    ],
)
def test_a_malformed_order_is_refused_with_its_key(control, body, text):
    refused = ask(f"{control.url}/tests", "POST", body, content_type="application/json")
    assert refused.status == 400
    assert text in refused.json()["wiretape"]["why"]


def raw(control, method, path, **headers):
    """Status of a request with exactly these headers."""
    parts = urlsplit(control.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        body = json.dumps({"cassette": "talk"})
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return connection.getresponse().status
    finally:
        connection.close()


def test_only_those_who_know_the_secret_and_are_no_page_may_begin_tests(control):
    path = urlsplit(control.url).path + "/tests"
    json_type = {"content_type": "application/json"}
    assert raw(control, "POST", path, **json_type) == 201
    assert raw(control, "POST", "/tests", **json_type) == 404
    assert raw(control, "POST", path.replace(path[1], "x" if path[1] != "x" else "y", 1), **json_type) == 404
    assert raw(control, "POST", path, **json_type, host="evil.test") == 421
    assert raw(control, "POST", path, **json_type, origin="https://evil.test") == 403
    assert raw(control, "POST", path, **json_type, origin="null") == 403
    assert raw(control, "POST", path, content_type="text/plain") == 415
    assert raw(control, "PUT", path, **json_type) == 405
    assert raw(control, "GET", path + "/unknown", **json_type) == 404
    assert control.url.rpartition("/")[2] not in repr(control)


def test_so_many_tests_at_once_and_no_more(control, monkeypatch):
    monkeypatch.setattr("harness.control.stage.MOST_TESTS", 2)
    tests = [begin(control).json() for _ in range(2)]
    assert begin(control).status == 429
    end(tests[0])
    assert begin(control).status == 201
    assert MOST_TESTS == 64


def test_a_missing_cassette_is_recorded_where_a_service_is_given(folder):
    async def handle(request):
        return Response(body=b'{"path": "%s"}' % request.path.encode(), headers=(("content-type", "application/json"),))

    with serve(StageOf(handle)) as service, controlling(folder, upstream=service.url) as control:
        test = begin(control, "new/one", mode="once").json()
        assert test["records"]
        assert ask(test["url"] + "/a").json() == {"path": "/a"}
        assert end(test).json()["recorded"]
        again = begin(control, "new/one", mode="once").json()
        assert not again["records"]
        assert ask(again["url"] + "/a").json() == {"path": "/a"}
        assert end(again).json()["ok"]
        before = (folder / "talk.yaml").read_bytes()
        failed = begin(control, "talk", mode="rewrite").json()
        ask(failed["url"] + "/a")
        assert not end(failed, passed=False).json()["recorded"]
        assert (folder / "talk.yaml").read_bytes() == before
    assert [exchange.target for exchange in load(folder / "new/one.yaml").exchanges] == ["/a"]


def test_a_recording_that_cannot_be_written_is_reported_at_once(folder):
    with serve(StageOf(answering_nothing)) as service, controlling(folder, upstream=service.url) as control:
        test = begin(control, "gone/one", mode="once").json()
        ask(test["url"] + "/a")
        shutil.rmtree(folder / "gone")
        ended = end(test).json()
        assert not ended["ok"]
        assert "one.yaml" in ended["text"]
        assert not ask(test["test"]).json()["ok"]
        assert len(control.failed) == 1


async def answering_nothing(request):
    """A service whose answers are empty."""
    return Response()


def test_nothing_is_recorded_without_a_service(control):
    refused = begin(control, "other", mode="once")
    assert (refused.status, refused.json()["wiretape"]["error"]) == (409, "no-upstream")
    missing = begin(control, "other")
    assert (missing.status, missing.json()["wiretape"]["error"]) == (404, "no-cassette")


def test_a_broken_cassette_is_named(control, folder):
    (folder / "broken.yaml").write_text("cassette: 1\nx: [")
    refused = begin(control, "broken")
    assert (refused.status, refused.json()["wiretape"]["error"]) == (409, "cassette")


def test_a_test_has_the_ports_of_further_upstreams(control, folder):
    store = "https://store.example"
    made = cassette(call("GET /start"), call(f"GET {store}/put", answer=b"[7]"))
    head = msgspec.structs.replace(made.recorded, upstreams={"store": store})
    save(msgspec.structs.replace(made, recorded=head), folder / "several.yaml")
    test = begin(control, "several").json()
    ask(test["url"] + "/start")
    assert ask(test["upstreams"]["store"] + "/put").json() == [7]
    assert end(test).json()["ok"]
    assert begin(control).json()["upstreams"] == {}

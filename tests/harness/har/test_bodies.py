"""Bodies and headers, as exporters spell them."""

import pytest

from tests.harness.har.conftest import entry, har


def fields(**named):
    return {"headers": [{"name": name.replace("_", "-"), "value": value} for name, value in named.items()]}


def content(**values):
    return {"response": {"content": {"mimeType": "text/plain", **values}}}


def answered(exchanges):
    return exchanges[0].response.body.data


def asked(exchanges):
    return exchanges[0].request.body.data


def test_base64_is_decoded(taken):
    assert answered(taken(entry(**content(size=4, text="iVBO\nRw==", encoding="base64")))) == b"\x89PNG"


def test_base64_that_is_none_is_taken_as_text_and_counted(bring):
    imported = bring(har(entry(**content(size=4, text="?!", encoding="base64"))))
    assert answered(imported.cassette.exchanges) == b"?!"
    assert imported.report.plain()["losses"]["odd-base64"]["count"] == 1


@pytest.mark.parametrize("text", ["iVBORw", "iVBORw=", "iVBO Rw==\n", "iVBORw===="])
def test_base64_without_its_padding_is_decoded(taken, text):
    assert answered(taken(entry(**content(size=4, text=text, encoding="Base64")))) == b"\x89PNG"


def test_base64_of_urls_is_decoded(taken):
    assert answered(taken(entry(**content(size=3, text="-_-_", encoding="base64")))) == b"\xfb\xff\xbf"


def test_text_goes_back_into_its_charset(taken):
    latin = {
        "response": {**content(text="é", size=1)["response"], **fields(content_type="text/plain; charset=latin-1")}
    }
    assert answered(taken(entry(**latin))) == b"\xe9"


@pytest.mark.parametrize("charset", ["idna", "rot13", "base64", "nothing", "ascii", "utf-16"])
def test_charset_that_cannot_say_it_gives_utf8(taken, charset):
    kind = fields(content_type=f"text/plain; charset={charset}")
    assert answered(taken(entry(response={**content(text="é")["response"], **kind}))) == b"\xc3\xa9"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (content(size=10), "no-body"),
        (content(size=10, text=""), "no-body"),
        (content(size=10, text=None), "no-body"),
        (content(size=10, text="12345"), "short-body"),
        (content(size=-1, text="12345"), None),
        (content(size=0), None),
        (content(size=3, text="a\ufffdb"), "undecodable"),
    ],
)
def test_body_that_is_missing_or_short_is_counted(losses, response, reason):
    found = losses(entry(**response))
    assert found.keys() & {"no-body", "short-body", "undecodable"} == ({reason} if reason else set())


def test_stated_length_counts_more_than_a_size(losses):
    told = {"content": {"mimeType": "", "size": 10, "text": "12345"}, **fields(content_length="5")}
    assert "short-body" not in losses(entry(response=told))


def test_answers_without_a_body_are_not_missed(losses):
    assert "no-body" not in losses(
        entry(status=204, text=""), entry(method="HEAD", response=fields(content_length="9"))
    )


def test_posted_text_is_the_body(taken):
    post = {"postData": {"mimeType": "application/json", "text": '{"a":"ü"}', "params": []}}
    assert asked(taken(entry(method="POST", request=post))) == '{"a":"ü"}'.encode()


@pytest.mark.parametrize(
    ("kind", "params", "body"),
    [
        ("application/json", [("a", "b"), ("c", True)], b'{"a":"b","c":true}'),
        ("application/x-www-form-urlencoded", [("a", "b c"), ("d", "&")], b"a=b+c&d=%26"),
        (
            "multipart/form-data; boundary=xyz",
            [("a", "b")],
            b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--xyz--\r\n',
        ),
    ],
)
def test_parameters_are_made_a_body_and_counted(bring, kind, params, body):
    post = {"postData": {"mimeType": kind, "params": [{"name": name, "value": value} for name, value in params]}}
    imported = bring(har(entry(method="POST", request=post)))
    assert asked(imported.cassette.exchanges) == body
    assert "rebuilt-request-body" in imported.report.plain()["losses"]


@pytest.mark.parametrize(
    "request_", [{"bodySize": 5}, fields(content_length="5"), {"bodySize": 5, "postData": {"mimeType": "", "text": ""}}]
)
def test_missing_request_body_is_counted(losses, request_):
    assert losses(entry(method="POST", request=request_))["no-request-body"] == 1


def test_names_are_lower_case_and_pseudo_headers_are_dropped(taken):
    request = {"headers": [{"name": ":authority", "value": "x"}, {"name": "X-Some", "value": "1"}]}
    assert taken(entry(request=request))[0].request.headers == (("x-some", "1"),)


def test_values_in_lines_are_fields_of_their_own(taken):
    (call,) = taken(entry(response=fields(Set_Cookie="first=; Path=/\nsecond=; Path=/")))
    assert call.response.headers == (("set-cookie", "first=; Path=/"), ("set-cookie", "second=; Path=/"))


def test_header_that_http_cannot_say_is_left_out(bring):
    request = {
        "headers": [{"name": "a b", "value": "x"}, {"name": "n", "value": "a\x00b"}, {"name": "ok", "value": "€"}]
    }
    imported = bring(har(entry(request=request)))
    assert imported.cassette.exchanges[0].request.headers == (("ok", "€".encode().decode("latin-1")),)
    assert imported.report.plain()["losses"]["odd-headers"]["count"] == 2


def test_cookies_of_the_list_are_made_a_header(bring):
    imported = bring(har(entry(request={"cookies": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]})))
    ((name, value),) = imported.cassette.exchanges[0].request.headers
    assert (name, value.count("=")) == ("cookie", 2)
    assert "rebuilt-cookies" in imported.report.plain()["losses"]


def test_export_without_credentials_is_reported(losses):
    assert losses(entry(), entry())["no-credentials"] == 2
    assert "no-credentials" not in losses(entry(), entry(request=fields(authorization="Bearer x")))


def test_streamed_answer_is_one_piece_and_reported(bring):
    events = {**fields(content_type="text/event-stream"), **content(text="data: 1\n\n", size=9)["response"]}
    imported = bring(har(entry(response=events)))
    assert [line.data for line in imported.cassette.exchanges[0].response.stream] == [b"data: 1\n\n"]
    assert imported.report.plain()["losses"]["no-chunks"]["count"] == 1


@pytest.mark.parametrize(
    "url",
    ["https://copilot.microsoft.com/a b?q=ü", "https://copilot.microsoft.com?x=1", "https://copilot.microsoft.com"],
)
def test_target_is_visible_ascii(taken, url):
    target = taken(entry(url))[0].target
    assert target in {"/a%20b?q=%C3%BC", "/?x=1", "/"}

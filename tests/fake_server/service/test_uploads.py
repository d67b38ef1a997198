"""Uploads: what is taken, what is refused, and what the answer says of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server.service.multipart import MultipartError, find_file
from tests.support.talk import Talk, ask, json_of, send, service_of, text_of

PATH = "/c/api/attachments"
BOUNDARY = "multipart/form-data; boundary=xx"


def upload(service, body=b"12345", kind="image/png", **more):
    return ask(service, "POST", PATH, body, content_type=kind, **more)


def multipart(content=b"hello", name="file", kind="text/plain", filename="a.txt"):
    head = (
        f'--xx\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'
    )
    return head.encode() + content + b"\r\n--xx--\r\n"


def test_image_of_2026_has_a_relative_url():
    told = json_of(upload(service_of()))
    assert told == {
        "id": told["id"],
        "url": f"/attachments/{told['id']}.png",
        "expiresAt": "2026-01-16T10:00:00.000Z",
    }


def test_image_of_2025_has_an_absolute_url():
    told = json_of(upload(service_of(generation="2025-03")))
    assert told["url"] == f"http://fake.test/attachments/{told['id']}.png"


@pytest.mark.parametrize(
    ("generation", "taken", "refused"),
    [
        ("2026", ["image/png", "image/jpeg", "image/webp"], ["image/gif", "image/bmp", "application/octet-stream", ""]),
        ("2025-03", ["image/png", "image/jpeg", "image/webp", "image/gif"], ["image/bmp", "text/plain", BOUNDARY]),
    ],
)
def test_content_types_on_the_list_are_taken(generation, taken, refused):
    service = service_of(generation=generation)
    assert [upload(service, kind=kind).status for kind in taken] == [200] * len(taken)
    assert [upload(service, kind=kind).body for kind in refused] == [
        b'{"status":400,"code":"unsupported-content-type"}'
    ] * len(refused)


def test_content_type_may_have_parameters_and_any_case():
    assert upload(service_of(), kind="Image/PNG; charset=binary").status == 200


def test_plain_text_of_2026_has_no_url():
    assert json_of(upload(service_of(), kind="text/plain; charset=utf-8"))["url"] is None


def test_upload_can_be_looked_at():
    service = service_of()
    url = json_of(upload(service, b"\x89PNG.."))["url"]
    seen = ask(service, "GET", url, token=None)
    assert (seen.body, dict(seen.headers)["content-type"]) == (b"\x89PNG..", "image/png")
    assert dict(seen.headers)["x-content-type-options"] == "nosniff"
    assert ask(service, "GET", "/attachments/nobody.png").status == 404


def test_upload_that_is_too_large_is_413():
    service = service_of(max_upload_bytes=4)
    assert [upload(service, b"1" * size).status for size in (4, 5)] == [200, 413]


def test_strict_upload_needs_a_bearer():
    service = service_of(strict=True)
    assert upload(service).status == 200
    assert upload(service, token=None, cookie="_U=token").body == b'{"status":403}'


def test_answer_names_the_image_it_saw():
    service = service_of()
    told = json_of(upload(service))
    prompt = send("What is this?", parts=[{"type": "image", "url": told["url"]}])
    assert text_of(Talk(service).say(prompt)) == (
        f"I see {told['id']}.png (image/png, 5 bytes). You said: “What is this?”. This is turn 1."
    )


def test_answer_names_the_document_it_saw():
    service = service_of()
    told = json_of(upload(service, multipart(b"a,b\r\n1,2", kind="text/csv", filename="Zahlen ü.csv"), BOUNDARY))
    assert list(told) == ["id"]
    prompt = send("Sum up", parts=[{"type": "document", "attachmentId": told["id"]}])
    assert "I see Zahlen ü.csv (text/csv, 8 bytes)." in text_of(Talk(service).say(prompt))


def test_document_that_was_never_uploaded_is_named_by_its_id():
    prompt = send("Sum up", parts=[{"type": "document", "attachmentId": "nobody"}])
    assert "I see nobody, which was not uploaded here." in text_of(Talk(service_of()).say(prompt))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", multipart()),
        (BOUNDARY, b""),
        (BOUNDARY, b"nothing of that kind"),
        (BOUNDARY, multipart(name="other")),
        ("multipart/form-data; boundary=yy", multipart()),
    ],
)
def test_multipart_body_without_a_file_is_400(kind, body):
    refused = upload(service_of(), body, kind)
    assert refused.status == 400
    assert json_of(refused)["code"] == "invalid-request"


def test_document_of_a_type_that_is_none_is_400():
    assert upload(service_of(), multipart(kind="text/ü"), BOUNDARY).status == 400


def test_file_is_found_among_other_parts_byte_by_byte():
    other = b'--xx\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n'
    content = bytes(range(256)) + b"\r\n--x\r\n\r\n"
    found = find_file('multipart/form-data; boundary="xx"', other + multipart(content, kind="a/b"), "file")
    assert (found.body, found.name, found.content_type) == (content, "a.txt", "a/b")


def test_part_without_a_type_is_text():
    body = b'--xx\r\nContent-Disposition: form-data; name="file"\r\n\r\nhi\r\n--xx--'
    assert find_file(BOUNDARY, body, "file").content_type == "text/plain"


def test_file_of_another_name_is_not_found():
    with pytest.raises(MultipartError, match="no part called other"):
        find_file(BOUNDARY, multipart(), "other")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_body_has_a_file_or_says_that_it_has_none(body, boundary):
    for whole in (body, multipart(body), multipart() + body):
        try:
            assert isinstance(find_file(f"multipart/form-data; boundary={boundary}", whole, "file").body, bytes)
        except MultipartError as error:
            assert str(error).startswith("the ")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300).filter(lambda body: b"--xx" not in body))
def test_any_file_comes_out_as_it_went_in(body):
    assert find_file(BOUNDARY, multipart(body), "file").body == body

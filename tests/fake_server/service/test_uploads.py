"""Uploads: what is taken, what is refused, and what the answer says of them."""

import pytest

from tests.support.clients.core_client import Talk, ask, json_of, send, service_of, text_of

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


# -------------------------------------------------------------------- over the wire
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
LISTED = {
    "2025-03": {"image/png", "image/jpeg", "image/webp", "image/gif"},
    "2025-10": {"image/png", "image/jpeg", "image/webp", "image/gif"},
    "2026": {"image/png", "image/jpeg", "image/webp", "text/plain"},
}
TYPES = [
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "image/bmp",
    "text/plain",
    "application/octet-stream",
    None,
]


@pytest.mark.parametrize("kind", TYPES)
def test_type_is_on_the_generation_s_list_or_400(site, generation, kind):
    headers = {} if kind is None else {"content-type": kind}
    told = site.client("a").post(PATH, content=PNG, headers=headers)
    taken = kind in LISTED[generation]
    assert told.status_code == (200 if taken else 400)
    assert told.json().get("code") == (None if taken else "unsupported-content-type")


def test_url_of_an_upload_leads_to_it(site, generation):
    client = site.client("a")
    url = client.post(PATH, content=PNG, headers={"content-type": "image/png"}).json()["url"]
    assert url.startswith("/attachments/" if generation == "2026" else f"{site.url}/attachments/")
    assert site.client().get(url).content == PNG


def test_file_is_shown_to_anybody_with_any_token(site):
    url = site.client("a").post(PATH, content=PNG, headers={"content-type": "image/png"}).json()["url"]
    assert [site.client(token).get(url).status_code for token in (None, "b", "expired")] == [200, 200, 200]


def test_type_is_what_the_header_says_and_not_what_the_bytes_look_like(site):
    client = site.client("a")
    url = client.post(PATH, content=PNG, headers={"content-type": "image/jpeg"}).json()["url"]
    assert client.get(url).headers["content-type"] == "image/jpeg"


def test_seven_megabytes_pass(site):
    body = bytes(7 * 1024 * 1024)
    assert site.client("a").post(PATH, content=body, headers={"content-type": "image/png"}).status_code == 200


def test_document_goes_as_a_form_since_autumn_2025(site, generation):
    told = site.client("a").post(PATH, files={"file": ("notes.txt", b"hello", "text/plain")})
    assert told.status_code == (400 if generation == "2025-03" else 200)
    assert list(told.json()) == (["status", "code"] if generation == "2025-03" else ["id"])


@pytest.mark.parametrize("files", [{"document": ("a.txt", b"x")}, {"file": ("a.txt", b"x", "text/<b>")}])
def test_form_without_a_proper_file_is_400(running, files):
    assert running().client("a").post(PATH, files=files).status_code == 400


@pytest.mark.parametrize(("spoken", "status"), [("2025-03", 200), ("2025-10", 200), ("2026", 403)])
def test_strict_service_of_2026_takes_no_upload_with_cookies_alone(running, spoken, status):
    site = running(generation=spoken, strict=True)
    told = [
        site.client(**who).post(PATH, content=PNG, headers={"content-type": "image/png"}).status_code
        for who in ({"cookie": "_U=a"}, {"token": "a"})
    ]
    assert told == [status, 200]


def test_upload_can_be_had_until_it_expires(running):
    site = running()
    client = site.client("a")
    told = client.post(PATH, content=PNG, headers={"content-type": "image/png"}).json()
    assert told["expiresAt"] == "2026-01-16T10:00:00.000Z"
    site.script.pass_time(86_399)
    assert client.get(told["url"]).status_code == 200
    site.script.pass_time(1)
    assert client.get(told["url"]).status_code == 404


def test_later_upload_expires_later(running):
    site = running()
    site.script.pass_time(3600)
    told = site.client("a").post(PATH, content=PNG, headers={"content-type": "image/png"}).json()
    assert told["expiresAt"] == "2026-01-16T11:00:00.000Z"

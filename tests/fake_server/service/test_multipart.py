"""Files in multipart bodies, as browsers, libraries and hands write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server.service.multipart import File, MultipartError, find_file

KIND = "multipart/form-data; boundary=xx"


def part(content=b"hello", disposition='form-data; name="file"; filename="a.txt"', kind="text/plain", boundary=b"xx"):
    head = f"Content-Disposition: {disposition}\r\n" + (f"Content-Type: {kind}\r\n" if kind else "")
    return b"--" + boundary + b"\r\n" + head.encode() + b"\r\n" + content + b"\r\n"


def form(*parts, boundary=b"xx"):
    return b"".join(parts or (part(),)) + b"--" + boundary + b"--\r\n"


def found(body, kind=KIND):
    return find_file(kind, body, "file")


def test_file_has_its_name_its_type_and_its_bytes():
    assert found(form()) == File("a.txt", "text/plain", b"hello")


def test_file_is_found_among_other_parts_byte_by_byte():
    content = bytes(range(256)) + b"\r\n--x\r\n\r\n"
    other = part(b"y", 'form-data; name="x"', kind=None)
    assert found(form(other, part(content, kind="a/b"), other)) == File("a.txt", "a/b", content)


def test_first_of_several_files_is_taken():
    assert found(form(part(b"1"), part(b"2"))).body == b"1"


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        ('multipart/form-data; boundary="xx"', b"xx"),
        ("multipart/form-data;boundary=xx;charset=utf-8", b"xx"),
        ("Multipart/Form-Data; BOUNDARY=xx", b"xx"),
        ('multipart/form-data; boundary="a b:c"', b"a b:c"),
        (r'multipart/form-data; boundary="a\"b"', b'a"b'),
        ("multipart/form-data; boundary=----WebKitFormBoundaryAbC", b"----WebKitFormBoundaryAbC"),
        ("multipart/form-data; boundary='xx'", b"'xx'"),
    ],
)
def test_boundary_is_read_as_it_was_written(kind, boundary):
    assert found(form(part(boundary=boundary), boundary=boundary), kind).body == b"hello"


def test_text_before_the_first_and_after_the_last_boundary_is_passed_over():
    assert found(b"This is a message in parts.\r\n" + form() + b"--xx\r\nmore").body == b"hello"


def test_last_boundary_may_end_the_body():
    assert found(form().removesuffix(b"\r\n")).body == b"hello"


@pytest.mark.parametrize("content", [b"--xx", b"\r\n--xxy\r\n", b"a--xx\r\n", b"\n--xx\n", b"--", b"", b"\r\n"])
def test_content_that_looks_like_a_boundary_and_is_none_stays(content):
    assert found(form(part(b"_" + content))).body == b"_" + content


def test_empty_file_is_one():
    assert found(form(part(b""))).body == b""


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="file"', ""),
        ("form-data; name=file; filename=a.txt", "a.txt"),
        ('form-data; filename="a.txt"; name="file"', "a.txt"),
        ('form-data; NAME="file"; FileName="a.txt"', "a.txt"),
        ('form-data; name="file"; filename="a;b=c.txt"', "a;b=c.txt"),
        (r'form-data; name="file"; filename="a \"b\".txt"', 'a "b".txt'),
        ('form-data; name="file"; filename="Zahlen ü.csv"', "Zahlen ü.csv"),
        (r'form-data; name="file"; filename="C:\temp\a.txt"', "a.txt"),
        ('form-data; name="file"; filename="../../a.txt"', "a.txt"),
        ('form-data; name="file"; filename="x"; filename*=UTF-8\'\'%e2%82%ac.txt', "€.txt"),
        ('form-data; name="file"; filename="x"; filename*=latin-1\'\'%e4.txt', "x"),
        (f'form-data; name="file"; filename="{"n" * 300}"', "n" * 255),
    ],
)
def test_name_of_the_file_is_read_however_it_is_written(disposition, name):
    assert found(form(part(disposition=disposition))).name == name


def test_part_without_a_type_is_text():
    assert found(form(part(kind=None))).content_type == "text/plain"


def test_parts_without_a_head_are_passed_over():
    assert found(form(b"--xx\r\n\r\nnothing\r\n", part())).body == b"hello"


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("multipart/form-data", form(), "names no boundary"),
        ("multipart/form-data; boundary=", form(), "names no boundary"),
        (f"multipart/form-data; boundary={'x' * 201}", form(), "names no boundary"),
        (KIND, b"", "no part with the name file"),
        (KIND, b"nothing of that kind", "no part with the name file"),
        (KIND, form(part(disposition='form-data; name="other"')), "no part with the name file"),
        ("multipart/form-data; boundary=yy", form(), "no part with the name file"),
        (KIND, form().replace(b"\r\n", b"\n"), "no part with the name file"),
        (KIND, part(), "ends before its last boundary"),
        (KIND, b"--xx\r\n", "ends before its last boundary"),
        (KIND, b"--xx\r\n--xx\r\n", "malformed after its first boundary"),
        (KIND, form(*[part(disposition="form-data; name=x")] * 101), "more than 100 parts"),
        (KIND, form(part(kind="x" * 20_000)), "headers of a part of the multipart body have more than"),
    ],
)
def test_body_without_a_whole_file_says_what_is_wrong(kind, body, why):
    with pytest.raises(MultipartError, match=why):
        find_file(kind, body, "file")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_body_has_a_file_or_says_that_it_has_none(body, boundary):
    for whole in (body, form(part(body)), form() + body, part() + body):
        try:
            assert isinstance(find_file(f"multipart/form-data; boundary={boundary}", whole, "file").body, bytes)
        except MultipartError as error:
            assert str(error).startswith("the ")


PIECES = st.lists(st.sampled_from([b"\r\n", b"--", b"xx", b"x", b" ", b"\n", b'name="file"', b"--xx", b"\r\n\r\n"]))


@settings(max_examples=300, deadline=None)
@given(PIECES.map(b"".join))
def test_any_body_of_suspicious_pieces_is_read_or_refused(body):
    try:
        assert found(body).body in body
    except MultipartError as error:
        assert str(error).startswith("the ")


@settings(max_examples=200, deadline=None)
@given(PIECES.map(b"".join) | st.binary(max_size=300))
def test_any_file_comes_out_as_it_went_in(content):
    boundary = b"not-in-it"
    kind = "multipart/form-data; boundary=not-in-it"
    assert found(form(part(content, boundary=boundary), boundary=boundary), kind).body == content

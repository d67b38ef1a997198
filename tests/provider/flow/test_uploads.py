"""A document on its way to the service: the form that a browser would send."""

from hypothesis import given
from hypothesis import strategies as st

from provider.attachments import Upload
from provider.flow.connect import _boundary, _multipart


def form(data, name="a.pdf"):
    boundary = _boundary(data)
    return boundary, _multipart(Upload(data=data, content_type="application/pdf", name=name), boundary)


@given(st.binary())
def test_document_arrives_whole_whatever_it_holds(data):
    boundary, body = form(data)
    head, _, rest = body.partition(b"\r\n\r\n")
    assert head.startswith(f"--{boundary}\r\n".encode())
    content, _, end = rest.partition(f"\r\n--{boundary}".encode())
    assert (content, end) == (data, b"--\r\n")


def test_document_that_holds_another_ones_form_arrives_whole():
    boundary, inner = form(b"%PDF")
    outer_boundary, body = form(inner)
    assert boundary != outer_boundary
    assert inner in body


def test_boundary_is_a_browsers_and_the_same_for_the_same_document():
    boundary, body = form(b"%PDF")
    assert boundary.startswith("----WebKitFormBoundary")
    assert len(boundary) == 38
    assert form(b"%PDF") == (boundary, body)


def test_file_name_cannot_write_a_header():
    _, body = form(b"%PDF", name='a"\r\nX-Evil: 1.pdf')
    assert b'filename="a%22%0D%0AX-Evil: 1.pdf"' in body

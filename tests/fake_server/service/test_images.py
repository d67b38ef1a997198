"""Pictures, read back by readers of the tests' own."""

import base64
import hashlib
import struct
import zlib

import pytest

from fake_server.scenarios import Draw
from fake_server.service.deterministic import SeededIds, image_id, is_image_id
from fake_server.service.images import draw_jpeg, draw_png, image_type
from tests.support.clients.core_client import Talk, ask, last, playing, send, service_of


def read_png(data):
    """Width, height, and the rows of pixels, each a colour; checks every checksum."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, rest = {}, data[8:]
    while rest:
        (size,) = struct.unpack(">I", rest[:4])
        kind, content = rest[4:8], rest[8 : 8 + size]
        assert struct.unpack(">I", rest[8 + size : 12 + size])[0] == zlib.crc32(kind + content)
        chunks[kind], rest = content, rest[12 + size :]
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, depth, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, kind) == (1, 3)
    samples, size = zlib.decompress(chunks[b"IDAT"]), 1 + (width + 7) // 8
    rows = [samples[start : start + size] for start in range(0, len(samples), size)]
    return width, height, [pixels(row, width, chunks[b"PLTE"]) for row in rows]


def pixels(row, width, palette):
    assert row[0] == 0
    bits = "".join(f"{byte:08b}" for byte in row[1:])[:width]
    return [palette[:3] if bit == "0" else palette[3:] for bit in bits]


def read_jpeg(data):
    """Mean grey of each block: a decoder of DC coefficients, by the tables in the file."""
    assert data[:2] == b"\xff\xd8"
    assert data[-2:] == b"\xff\xd9"
    place, codes, step, size = 2, {}, 0, (0, 0)
    while data[place + 1] != 0xDA:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        content = data[place + 4 : place + 2 + length]
        if marker == 0xC4:
            codes[content[0]] = huffman(content[1:17], content[17:])
        elif marker == 0xDB:
            step = content[1]
        elif marker == 0xC0:
            size = struct.unpack(">HH", content[1:5])
        place += 2 + length
    place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    scan = data[place:-2].replace(b"\xff\x00", b"\xff")
    return size, blocks(scan, codes[0x00], codes[0x10], step, size[0] * size[1] // 64)


def huffman(counts, symbols):
    code, codes, left = 0, {}, iter(symbols)
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            codes[f"{code:0{length}b}"] = next(left)
            code += 1
        code <<= 1
    return codes


def blocks(scan, dc, ac, step, count):
    bits = iter("".join(f"{byte:08b}" for byte in scan))

    def symbol(codes):
        seen = ""
        while seen not in codes:
            seen += next(bits)
        return codes[seen]

    level, means = 0, []
    for _ in range(count):
        size = symbol(dc)
        value = int("0" + "".join(next(bits) for _ in range(size)), 2)
        level += value if not size or value >> size - 1 else value - (1 << size) + 1
        assert symbol(ac) == 0
        means.append(level * step // 8 + 128)
    return means


@pytest.mark.parametrize("width", [1, 7, 64, 270, 512, 800])
def test_png_is_one_of_that_size(width):
    seen_width, seen_height, rows = read_png(draw_png("a", width))
    assert (seen_width, seen_height, len(rows)) == (width, width, width)


def test_png_is_symmetric_and_of_two_colours():
    _, _, rows = read_png(draw_png("a", 64))
    assert all(row == row[::-1] for row in rows)
    assert len({colour for row in rows for colour in row}) == 2


@pytest.mark.parametrize("name", ["a", "b", "кот", "x" * 1000])
def test_jpeg_holds_the_greys_that_its_name_decides(name):
    assert read_jpeg(draw_jpeg(name)) == ((32, 32), list(hashlib.sha256(name.encode()).digest()[:16]))


@pytest.mark.parametrize("least", [0, 193, 194, 195, 200, 70_000, 262_144])
def test_jpeg_is_as_large_as_asked_for(least):
    data = draw_jpeg("a", least)
    assert least <= len(data) <= max(least + 4, 220)
    assert read_jpeg(data)[0] == (32, 32)


def test_png_does_not_depend_on_the_machines_compressor():
    """Stored blocks of RFC 1951 §3.2.4 alone; the digest is that of the bytes wherever this runs."""
    assert hashlib.sha256(draw_png("a", 64)).hexdigest()[:16] == "83eacc3c7ed3ee96"


def test_equal_names_give_equal_pictures():
    assert draw_png("a", 8) == draw_png("a", 8) != draw_png("b", 8)
    assert draw_jpeg("a") == draw_jpeg("a") != draw_jpeg("b")


def test_image_id_is_a_uuid_that_proves_its_seed():
    made = image_id(1, SeededIds(1, "x"))
    assert [len(part) for part in made.split("-")] == [8, 4, 4, 4, 12]
    assert made[14] == "4"
    assert is_image_id(1, made)
    assert not is_image_id(2, made)
    assert not is_image_id(1, made.replace("-", ""))


def test_drawn_image_can_be_fetched_and_its_thumbnail():
    service = service_of()
    event = last(Talk(service).say(send("/image a cat")), "imageGenerated")
    widths = [
        read_png(ask(service, "GET", url.removeprefix("http://fake.test"), token=None).body)[0]
        for url in (event["url"], event["thumbnailUrl"])
    ]
    assert widths == [64, 270]


def test_image_that_was_never_drawn_is_404():
    assert ask(service_of(), "GET", f"/th/id/BCO.{'0' * 8}-0000-4000-8000-{'0' * 12}.png").status == 404


@pytest.mark.parametrize(("asked", "width"), [("0", 1), ("99999", 64), ("9999", 512), ("x", 64), ("", 64)])
def test_width_stays_within_bounds(asked, width):
    made = image_id(0, SeededIds(0, "x"))
    assert read_png(ask(service_of(), "GET", f"/th/id/BCO.{made}.png?w={asked}").body)[0] == width


def test_previews_are_whole_jpegs_and_large_ones_as_large_as_captured():
    service = service_of()
    small, large = (
        base64.b64decode(last(Talk(service).say(send(prompt)), "partialImageGenerated")["content"])
        for prompt in ("/image x", "/image-large x")
    )
    assert read_jpeg(small)[0] == read_jpeg(large)[0] == (32, 32)
    assert len(small) < 1000
    assert len(large) >= 256 * 1024


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"<svg onload=", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_type_of_a_picture_is_read_from_its_first_bytes(head, kind):
    assert image_type(head) == kind


def test_picture_that_a_scenario_brings_is_served_as_it_is():
    service = service_of(scenarios=(playing(Draw("a cat", content=b"GIF89a and so on")),))
    url = last(Talk(service).say(send("/test")), "imageGenerated")["url"]
    response = ask(service, "GET", url.partition("fake.test")[2], token=None)
    assert (dict(response.headers)["content-type"], response.body) == ("image/gif", b"GIF89a and so on")

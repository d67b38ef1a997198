import asyncio

from fake_server.stage import Response
from harness.origins import canonical_origin_for


def test_a_local_service_is_told_as_the_profile_s():
    assert canonical_origin_for("http://127.0.0.1:1234", "https://service.test") == "https://service.test"


def test_a_service_elsewhere_is_told_as_it_is():
    assert canonical_origin_for("https://staging.test", "https://service.test") is None


async def test_no_port_of_one_run_is_in_the_cassette(relay):
    relayed = await relay(
        lambda request: Response(
            headers=(("content-type", "text/plain"), ("location", f"{request.origin}/next")),
            body=f"see {request.origin}/next".encode(),
        )
    )
    here = f"http://127.0.0.1:{relayed.port}"
    head, body = await relayed.get(f"/x?next={here}/y", f"Origin: {here}", f"Referer: {here}/page")
    (call,) = await relayed.exchanges()
    assert "127.0.0.1" not in repr(call)
    assert call.response.body.data == b"see https://service.test/next"
    # The client meets the relay, as ever.
    assert (body, f"location: {here}/next" in head) == (f"see {here}/next", True)


async def test_an_origin_in_two_pieces_of_a_body_is_found(relay):
    async def pieces(origin):
        for piece in (b"see " + origin[:12], origin[12:] + b"/next\n"):
            yield piece
            await asyncio.sleep(0)

    relayed = await relay(
        lambda request: Response(headers=(("content-type", "text/plain"),), body=pieces(request.origin.encode()))
    )
    await relayed.get()
    (call,) = await relayed.exchanges()
    assert call.response.body.data == b"see https://service.test/next\n"

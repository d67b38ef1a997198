"""The page of a cassette in a real Chromium: it opens, filters, shows and scrubs; and hostile content runs nothing."""

import msgspec
import pytest

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.replay.problems import MessageMismatch
from harness.services.copilot import COPILOT
from harness.view.comparison import comparison_data
from harness.view.document import document
from harness.view.problems import problem_data

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EVIL = '</script><img src=x onerror="window.hit=1"><script>window.hit=1</script><!--'


async def set_value(page, name, value, kind="input"):
    await page.ask(
        f"(e => {{ e.value = {value!r}; e.dispatchEvent(new Event({kind!r}, {{bubbles: true}})) }})"
        f"(document.getElementById({name!r}))"
    )


async def key(page, name):
    await page.ask(
        f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: {name!r}, bubbles: true}}))"
    )


async def test_a_page_shows_the_session_in_lanes_and_rows(opened, session):
    page = await opened(session)
    assert await page.text_of(".lane .label") == ["REST", "#1 socket /chat"]
    # All but the ping.
    assert await page.text_of("#count") == ["9 of 10"]
    assert "POST /orders" in (await page.text_of(".row .name"))
    assert page.complaints == []


async def test_filters_and_search_narrow_the_rows(opened, session):
    page = await opened(session)
    await set_value(page, "search", "BLUE")
    assert await page.text_of("#count") == ["1 of 10"]
    await set_value(page, "search", "")
    await page.click("#errors")
    assert await page.text_of(".row .name") == ["404", "close"]
    await page.click("#errors")
    await page.click("#beats")
    await set_value(page, "from", "2.9")
    assert await page.text_of("#count") == ["3 of 10"]
    await set_value(page, "from", "")
    await page.click(".lane", "/chat")
    assert await page.text_of("#count") == ["8 of 10"]


async def test_the_keyboard_alone_reaches_a_message_its_detail_and_the_search(opened, session):
    page = await opened(session)
    await key(page, "ArrowDown")
    assert await page.text_of("#detail h2") == ["POST /orders"]
    # A number keeps all its digits.
    assert '"id": 12345678901234567890' in (await page.text_of("#detail"))[0]
    await key(page, "Enter")
    assert await page.ask("document.activeElement.id") == "detail"
    await key(page, "Escape")
    assert await page.ask("document.getElementById('detail').hidden && document.activeElement.id") == "rows"
    await key(page, "/")
    assert await page.ask("document.activeElement.id") == "search"


async def test_a_field_of_a_request_offers_the_options_for_its_place(opened, session):
    page = await opened(session)
    await page.click(".row", "POST /orders")
    await page.click(".place", "item")
    shown = (await page.text_of("#detail"))[0]
    assert "--ignore 'json.item'" in shown
    assert "curl --globoff" in shown
    await page.click(".row", "send")
    await page.click(".place", '"n"')
    await page.until("document.getElementById('detail').innerText.includes(\"--bind 'message.n'\")")


async def test_a_message_offers_the_fault_rules_that_strike_there(opened, session):
    page = await opened(session)
    await page.click(".row", "lo")
    [shown] = await page.text_of("#detail")
    assert "--fault 'close 1012 after 2 messages of /chat'" in shown
    assert "--fault 'lose at message 2 of /chat'" in shown
    await page.click(".row", "404")
    assert "--fault 'status 503 at request 1 of POST /orders'" in (await page.text_of("#detail"))[0]


async def test_headers_and_query_have_places_and_a_name_that_no_option_can_say_has_none(opened, session):
    body = Body(data=b'{"a.b":1}')
    form = RequestPart(headers=(("content-type", "application/x-www-form-urlencoded"),), body=Body(data=b"pin=7&n=2"))
    posted = msgspec.structs.replace(session.exchanges[0], target="/in", at=5_000_000, request=form)
    call = msgspec.structs.replace(
        session.exchanges[0], target="/orders?t=5", request=RequestPart(headers=(("x-tab", "1"),), body=body)
    )
    page = await opened(msgspec.structs.replace(session, exchanges=(call, posted)))
    await page.click(".row", "POST /in")
    await page.click(".place", "pin")
    await page.until("document.getElementById('detail').innerText.includes(\"--ignore 'form.pin'\")")
    await page.click(".row", "POST /orders")
    for name, shown in (
        ("x-tab", "--bind 'header.x-tab'"),
        ("path[0]", "--bind 'path[0]'"),
        ("t", "--ignore 'query.t'"),
        ('"a.b"', "No option can name"),
    ):
        await page.ask(f"[...document.querySelectorAll('.place')].find(e => e.innerText === {name!r}).click()")
        assert shown in (await page.text_of("#detail"))[0]


async def test_packets_of_one_message_stand_apart_and_its_values_beside_its_bytes(opened, session):
    socket = session.exchanges[1]
    lines = (
        Line("<", 101, "text", b'42["chat",{"a":1}]'),
        Line("<", 102, "binary", msgspec.msgpack.encode({"id": 7})),
        Line("<", 103, "binary", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"),
    )
    page = await opened(msgspec.structs.replace(session, exchanges=(msgspec.structs.replace(socket, messages=lines),)))
    for row, shown in ((2, ["42", "chat"]), (3, ['"id": 7', "81 a2 69 64 07"])):
        await page.ask(f"document.querySelectorAll('.row')[{row}].click()")
        [detail] = await page.text_of("#detail")
        assert [each for each in shown if each not in detail] == [], repr(detail)
    await page.ask("document.querySelectorAll('.row')[4].click()")
    await page.until("document.querySelector('#detail img').naturalWidth === 1")
    assert page.complaints == []


async def test_the_answer_grows_with_the_time(opened, session):
    page = await opened(session)
    assert await page.text_of("#answer") == ["Hello"]
    await set_value(page, "scrub", "1500000")
    assert await page.text_of("#answer") == ["Hel"]
    assert "first piece after 1.000 s, 1.0 pieces a second" in (await page.text_of("#clock"))[0]


async def test_pieces_that_were_read_at_once_have_no_rate(opened, session):
    socket = session.exchanges[1]
    asked, first, second = socket.messages[:3]
    at_once = (asked, first, msgspec.structs.replace(second, time=first.time + 3))
    page = await opened(
        msgspec.structs.replace(session, exchanges=(msgspec.structs.replace(socket, messages=at_once),))
    )
    assert await page.text_of("#answer") == ["Hello"]
    assert "(first piece after 1.000 s)" in (await page.text_of("#clock"))[0]


async def test_each_turn_has_its_own_answer(opened, session):
    socket = session.exchanges[1]
    again = msgspec.structs.replace(socket, at=10_000_000, messages=(socket.messages[0], socket.messages[2]))
    page = await opened(msgspec.structs.replace(session, exchanges=(*session.exchanges, again)))
    assert await page.text_of("#answer") == ["lo"]
    await set_value(page, "scrub", "9000000")
    assert await page.text_of("#answer") == ["Hello"]


async def test_a_cut_payload_says_so(opened, session):
    call = msgspec.structs.replace(session.exchanges[0], request=RequestPart(body=Body(data=b"x" * 300_000)))
    page = await opened(msgspec.structs.replace(session, exchanges=(call,)))
    await page.click(".row", "POST /orders")
    assert "only the first 262144 characters" in (await page.text_of("#detail"))[0]


HUGE = EVIL * 10_000
"""Nearly a megabyte."""


def hostile(count):
    exchanges = [
        Call(
            method="GET",
            target=f"/{EVIL}",
            request=RequestPart(headers=((EVIL, EVIL),), body=Body(data=f'{{"{EVIL[:9]}":"{EVIL[:9]}"}}'.encode())),
            response=ResponsePart(status=200, reason=EVIL, body=Body(data=EVIL.encode())),
        ),
        Call(
            method="GET",
            target=f"/{HUGE}?{HUGE}={HUGE}",
            request=RequestPart(headers=((HUGE, HUGE),), body=Body(data=msgspec.json.encode({HUGE: {HUGE: HUGE}}))),
        ),
        SocketExchange(
            target="/" + "a" * 5000,
            response=ResponsePart(status=101),
            messages=(
                Line(">", 0, "text", msgspec.json.encode({"event": HUGE})),
                *(Line("<", at, "text", EVIL.encode()) for at in range(count)),
            ),
        ),
    ]
    return Cassette(recorded=Recorded(at=EVIL, by=EVIL, origin=EVIL), exchanges=tuple(exchanges))


async def test_hostile_content_is_text_and_many_messages_have_few_rows(opened):
    page = await opened(hostile(100_000))
    for row in range(6):
        await page.ask(f"document.querySelectorAll('.row')[{row}].click()")
    await key(page, "End")
    assert await page.ask("document.querySelectorAll('.row').length") < 120
    assert await page.text_of(".row[aria-selected=true] .who") == ["< #2"]
    await set_value(page, "search", "<script>")
    assert await page.text_of("#count") == ["100004 of 100006"]
    await set_value(page, "scrub", "50000")
    assert await page.ask("window.hit === undefined && document.images.length === 0")
    assert page.complaints == []


async def test_a_script_that_got_in_would_not_run(opened, session):
    page = await opened(msgspec.structs.replace(session, exchanges=()))
    await page.ask("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hit=1\">')")
    await page.until("document.images.length === 1")
    await page.ask(
        "(s => { s.textContent = 'window.hit=1'; document.body.append(s) })(document.createElement('script'))"
    )
    assert await page.ask("window.hit === undefined")
    assert any("Content Security Policy" in each for each in page.complaints)


async def test_problems_of_a_red_test_lead_to_their_places_and_to_what_came(browser, session, tmp_path):
    mismatch = MessageMismatch(exchange="exchange 2: socket /chat", number=1, message=EVIL, hint=EVIL)
    actual = msgspec.structs.replace(session, exchanges=session.exchanges[:1])
    data = comparison_data(session, actual, COPILOT, ("one.yaml", "what came"))
    data |= {
        "test": f"test_it.py::test_{EVIL}",
        "problems": [problem_data(mismatch), problem_data("tool-failure: x\nwhy")],
    }
    (tmp_path / "page.html").write_bytes(document(data))
    await browser.open((tmp_path / "page.html").as_uri())
    await browser.until("document.querySelector('#count').textContent")
    [shown] = await browser.text_of("#problems")
    assert f"message 1 of the client differs ({EVIL})" in shown
    assert "tool-failure: x\nwhy" in shown
    await set_value(browser, "search", "nothing has this")
    await browser.click("#problems .place")
    assert await browser.text_of(".row[aria-selected=true] .name") == ["send"]
    await browser.click("#views button", "what came")
    await browser.until("document.querySelector('#title').textContent === 'what came'")
    assert await browser.text_of(".lane .label") == ["REST"]
    await browser.click("#problems .place")
    await browser.until("document.querySelector('#title').textContent !== 'what came'")
    await browser.until("document.querySelector('.row[aria-selected=true] .name')?.innerText === 'send'")
    assert await browser.ask("window.hit === undefined && document.images.length === 0")
    assert browser.complaints == []


async def test_two_cassettes_stand_side_by_side_at_the_first_difference(browser, tmp_path):
    def recorded(answer, count=200):
        texts = [b'{"event":"appendText","text":"%s"}' % answer, b'{"event":"done"}', EVIL.encode()]
        lines = tuple(Line("<", 1000 * at, "text", b'{"event":"tick","n":%d}' % at) for at in range(count))
        lines += tuple(Line("<", 1_000_000 + at, "text", text) for at, text in enumerate(texts))
        socket = SocketExchange(target="/chat", response=ResponsePart(status=101), messages=lines)
        return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(socket,))

    data = comparison_data(recorded(b"Hello"), recorded(b"Hallo"), COPILOT, ("one.yaml", "other.yaml"))
    (tmp_path / "page.html").write_bytes(document(data))
    await browser.open((tmp_path / "page.html").as_uri())
    await browser.until("document.querySelector('.row[aria-selected=true]')")
    assert await browser.text_of("#differing") == ["1 row differs"]
    assert await browser.text_of(".row[aria-selected=true] .sign") == ["≠"]
    [difference] = await browser.text_of("#detail .difference")
    assert difference == '< appendText text\nA "Hello"\nB "Hallo"'
    assert await browser.text_of("#detail del, #detail ins") == ["e", "a"]
    assert await browser.text_of("#answers pre") == ["Hello", "Hallo"]
    await key(browser, "Home")
    assert await browser.text_of("#detail .difference") == []
    await key(browser, "n")
    assert await browser.text_of("#detail .difference") == [difference]
    await key(browser, "End")
    await key(browser, "p")
    assert await browser.text_of("#detail .difference") == [difference]
    # Centred: neither the first row of the list nor the last.
    assert await browser.ask("document.getElementById('rows').scrollTop > 3000")
    await browser.click("#differences")
    assert await browser.text_of("#count") == ["1 of 205"]
    await browser.click("#views button", "other.yaml")
    await browser.until("document.querySelector('#title').textContent === 'other.yaml'")
    assert await browser.ask("window.hit === undefined && document.images.length === 0")
    assert browser.complaints == []

"""The times of a session in the page: what waited for what, pauses, one range for all panes, and the scale."""

import msgspec
import pytest

from harness.cassette.model import Line

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def set_value(page, name, value):
    await page.ask(
        f"(e => {{ e.value = {value!r}; e.dispatchEvent(new Event('input', {{bubbles: true}})) }})"
        f"(document.getElementById({name!r}))"
    )


async def test_a_message_names_the_one_that_it_waited_for_and_leads_there(opened, session):
    page = await opened(session)
    await page.click(".row", "Hel")
    assert await page.text_of(".gate") == ["waited for send at 0.002 s, and came 1.000 s later"]
    await set_value(page, "search", "Hel")
    await page.click(".gate .place")
    assert await page.text_of(".row[aria-selected=true] .name") == ["send"]
    assert await page.text_of(".gate") == []


async def test_a_lane_tells_its_handshake_its_longest_wait_and_its_longest_pause(opened, session):
    page = await opened(session)
    [_, socket] = await page.ask("[...document.querySelectorAll('.lane')].map((lane) => lane.title)")
    assert socket == (
        "#1 socket /chat: 8 events, longest handshake 0.000 s, longest wait for the server 1.000 s, longest pause 1.000 s"
    )
    # At an eighth of the lane the client waits: a line is drawn there.
    drawn = "(canvas => canvas.getContext('2d').getImageData(canvas.width / 8, 10, 1, 1).data[3])"
    assert await page.ask(f"{drawn}(document.querySelectorAll('.lane canvas')[1])")
    assert not await page.ask(f"{drawn}(document.querySelectorAll('.lane canvas')[0])")


async def test_a_pause_stands_in_its_row(opened, session):
    page = await opened(session)
    pauses = await page.text_of(".row .pause")
    assert pauses == ["", "+0.001", "", "", "", "+1.000", "+1.000", "+0.500", "+0.500"]


async def test_a_range_of_time_is_that_of_rows_lanes_scale_and_answer(opened, session):
    page = await opened(session)
    await set_value(page, "from", "1.5")
    await set_value(page, "until", "3.5")
    assert await page.text_of("#count") == ["1 of 10"]
    assert await page.text_of("#axis .tick") == ["1.500", "2.000", "2.500", "3.000", "3.500 s"]
    assert await page.ask("[scrub.min, scrub.max, scrub.value].map(Number)") == [1_500_000, 3_500_000, 3_500_000]
    assert await page.text_of("#answer") == ["lo"]
    await page.click("#filters [type=reset]")
    await page.until("document.querySelector('#answer').textContent === 'Hello'")
    assert await page.text_of("#count") == ["9 of 10"]


async def test_a_pointer_drawn_along_a_lane_chooses_a_range(opened, session):
    page = await opened(session)
    left, top, width = await page.ask(
        "(({left, top, width}) => [left, top, width])(document.querySelectorAll('.lane canvas')[1].getBoundingClientRect())"
    )
    for kind, part in (("mousePressed", 0.25), ("mouseMoved", 0.4), ("mouseReleased", 0.5)):
        place = {"x": left + part * width, "y": top + 5, "button": "left", "clickCount": 1}
        await page.send("Input.dispatchMouseEvent", type=kind, **place)
    await page.until("document.getElementById('until').value")
    begin, end = [
        float(each) for each in await page.ask("['from', 'until'].map((id) => document.getElementById(id).value)")
    ]
    assert begin == pytest.approx(1.0, abs=0.1)
    assert end == pytest.approx(2.0, abs=0.1)
    # It chose no exchange.
    assert await page.ask("document.getElementById('exchange').value") == ""


async def test_the_list_follows_the_scale(opened, session):
    socket = session.exchanges[1]
    lines = tuple(msgspec.structs.replace(socket.messages[1], time=at * 1000) for at in range(2000))
    page = await opened(msgspec.structs.replace(session, exchanges=(msgspec.structs.replace(socket, messages=lines),)))
    await set_value(page, "scrub", "1000000")
    first, last = await page.ask("[rows.scrollTop / 24, (rows.scrollTop + rows.clientHeight) / 24]")
    # The upgrade and its answer come before the messages.
    assert first <= 1000 <= last


async def test_rows_that_scroll_into_view_show_their_messages_and_stand_in_order_again(opened, session):
    socket = session.exchanges[1]
    lines = tuple(
        Line(">" if at % 2 else "<", at * 1000, "text", b'{"event":"appendText","text":"t%d"}' % at)
        for at in range(2000)
    )
    page = await opened(msgspec.structs.replace(session, exchanges=(msgspec.structs.replace(socket, messages=lines),)))
    for top in (24_000, 24_240, 24_120):
        await page.ask(
            f"new Promise((done) => {{ rows.scrollTop = {top}; requestAnimationFrame(() => setTimeout(done)) }})"
        )
    numbers = "[...document.querySelectorAll('.row')].map((row) => Number(row.dataset.number))"
    await page.until(f"{numbers}.every((number, at, all) => !at || number === all[at - 1] + 1)")
    first = await page.ask(f"{numbers}[0]")
    # The upgrade and its answer come before the messages.
    row = f"document.getElementById('row-{first}')"
    assert f'"t{first - 2}"' in await page.ask(f"{row}.innerText")
    sender = "client" if first % 2 else "server"
    assert await page.ask(f"{row}.querySelector('.who').className") == f"who {sender}"

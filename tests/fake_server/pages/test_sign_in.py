"""Signing in to the fake in a real browser, as a person does, and as our own sign-in finds it."""

from dataclasses import replace

import httpx
import pytest

from fake_server.service.pages.shapes import SHAPES
from provider import CopilotClient
from provider.auth.browser import sign_in
from provider.errors import LoginError

pytestmark = pytest.mark.browser

STORED = ("msal", "auth0", "late")
IN_SOCKET = ("encrypted", "socket-only")
USELESS = ("expired", "wrong-scope", "not-json", "none")
CHATTING = "document.body.dataset.open === 'yes'"


async def sign_in_by_hand(page, site, query=""):
    """Open the page, press the button, and wait for the chat."""
    await page.open(f"{site.url}/.wiretape/sign-in?{query}")
    await page.click("#form button")
    await page.until(f"location.pathname === '/' && {CHATTING}")


# -------------------------------------------------------------------- by hand
@pytest.mark.parametrize("shape", [*STORED, *IN_SOCKET])
async def test_person_is_known_to_the_chat_afterwards(page, site, shape):
    await sign_in_by_hand(page, site, f"shape={shape}&account=ada&after=0")
    assert await page.text_of("#who") == ["Signed in as ada."]
    assert page.complaints == []


async def test_chat_sends_the_token_with_requests_and_in_the_socket_s_url(page, running):
    site = running(strict=True, generation="2025-10")
    await sign_in_by_hand(page, site, "shape=auth0")
    await page.type("Hello")
    await page.press("Enter")
    await page.until("document.querySelector('.suggestions')")
    assert await page.text_of(".notice") == []


@pytest.mark.parametrize("shape", USELESS)
async def test_chat_passes_over_what_is_no_token(page, site, shape):
    await sign_in_by_hand(page, site, f"shape={shape}")
    assert await page.text_of("#who") == ["Not signed in."]
    assert await page.text_of(".notice") == []


@pytest.mark.parametrize(
    ("shape", "marks"),
    [
        (
            "msal",
            ['"credentialType":"AccessToken"', '"credentialType":"RefreshToken"', "ChatAI.ReadWrite", "Mail.Read"],
        ),
        ("auth0", ['"access_token"', '"expiresAt":', "google-oauth2|"]),
        ("encrypted", ['"nonce":', '"data":']),
        ("wrong-scope", ["Mail.Read"]),
        ("not-json", ["AccessToken eyJ"]),
    ],
)
async def test_storage_holds_what_the_shape_says(page, site, shape, marks):
    await sign_in_by_hand(page, site, f"shape={shape}")
    held = await page.ask("Object.entries(localStorage).flat().join(' ')")
    assert [mark for mark in marks if mark not in held] == []


async def test_token_that_comes_late_is_not_there_before(page, site):
    await page.open(f"{site.url}/.wiretape/sign-in?shape=msal&after=3600")
    await page.click("#form button")
    await page.until("document.querySelector('#state').innerText === 'Signed in; the token comes in 3600 s'")
    assert await page.ask("localStorage.length") == 0


async def test_signing_out_leaves_neither_token_nor_cookie(page, site):
    await sign_in_by_hand(page, site, "shape=auth0")
    await page.open(f"{site.url}/.wiretape/sign-in")
    await page.click("#sign-out")
    await page.until("document.querySelector('#state').innerText === 'Signed out'")
    cookies = (await page.send("Network.getCookies", urls=[f"{site.url}/c/api/chat"]))["cookies"]
    assert await page.ask("localStorage.length + sessionStorage.length") == 0
    assert {cookie["name"] for cookie in cookies} & {"WLSSC", "__Host-MSAAUTHP", "auth0.is.authenticated"} == set()


async def test_page_that_has_signed_in_gets_a_new_token_by_itself(page, site):
    await sign_in_by_hand(page, site)
    site.script.expire()
    await page.open(f"{site.url}/")
    await page.until("document.querySelector('#who').innerText === 'Signed in as Robin.'")


async def test_token_that_expires_is_told_where_there_are_no_cookies_to_get_another(page, site):
    await sign_in_by_hand(page, site)
    await page.open(f"{site.url}/.wiretape/sign-in")
    await page.click("#expire")
    await page.until("document.querySelector('#state').innerText === 'Tokens that have expired: 1'")
    await page.send("Network.clearBrowserCookies")
    await page.open(f"{site.url}/")
    await page.click(".notice button", "Sign in again")
    await page.until("location.pathname === '/.wiretape/sign-in'")
    await sign_in_by_hand(page, site)
    assert await page.text_of("#who") == ["Signed in as Robin."]


async def test_prompt_lets_the_token_of_the_page_expire(page, site):
    await sign_in_by_hand(page, site)
    await page.send("Network.clearBrowserCookies")
    await page.type("/expire")
    await page.press("Enter")
    await page.click(".notice button", "Sign in again")
    await page.until("location.pathname === '/.wiretape/sign-in'")


async def test_wish_that_cannot_be_had_is_told_on_the_page(page, site):
    await page.open(f"{site.url}/.wiretape/sign-in?account=%3Cscript%3E")
    await page.click("#form button")
    await page.until(
        "document.querySelector('#state').innerText.startsWith('Not signed in: query parameter account: expected up to 40')"
    )


async def test_person_who_is_signed_in_keeps_their_conversations_with_a_fresh_token(page, site):
    await sign_in_by_hand(page, site)
    await page.type("/title Rivers")
    await page.press("Enter")
    await page.until("document.querySelector('#conversations button')?.innerText === 'Rivers'")
    await sign_in_by_hand(page, site)
    await page.until("document.querySelector('#conversations button')?.innerText === 'Rivers'")


# -------------------------------------------------------------------- by our own sign-in
@pytest.mark.parametrize(
    ("shape", "driver"),
    [*((shape, "pipe") for shape in (*STORED, *IN_SOCKET)), ("msal", "nodriver"), ("socket-only", "nodriver")],
)
async def test_our_sign_in_finds_token_and_cookies(site, sealed, shape, driver):
    settings = replace(sealed, driver=driver)
    session = await sign_in(f"{site.url}/.wiretape/sign-in?auto&shape={shape}", deadline=30, browser=settings)
    assert {"WLSSC", "__Host-MSAAUTHP", "MUID"} & set(session.cookies) >= {"WLSSC", "__Host-MSAAUTHP"}
    assert session.identity_type in ((None, "msa") if shape in ("msal", "late", "encrypted") else ("google",))
    with CopilotClient(session.token, base_url=site.url, cookies=session.cookies) as client:
        assert "turn 1" in client.chat("Hello").text


@pytest.mark.parametrize(("shape", "driver"), [*((shape, "pipe") for shape in USELESS), ("wrong-scope", "nodriver")])
async def test_our_sign_in_finds_no_token_where_there_is_none(site, sealed, shape, driver):
    settings = replace(sealed, driver=driver)
    with pytest.raises(LoginError) as caught:
        await sign_in(f"{site.url}/.wiretape/sign-in?auto&shape={shape}", deadline=3, browser=settings)
    assert caught.value.reason == "deadline"


async def test_of_two_cookies_of_one_name_the_socket_s_own_is_taken(site, sealed, running):
    session = await sign_in(f"{site.url}/.wiretape/sign-in?auto", deadline=30, browser=sealed)
    same_again = running().url  # an equal fake: its first sign-in gives the same cookies
    async with httpx.AsyncClient(trust_env=False) as client:
        cookies = (await client.post(f"{same_again}/.wiretape/sign-in")).headers.get_list("set-cookie")
    [of_the_socket] = [cookie for cookie in cookies if "; Path=/c/api;" in cookie]
    assert of_the_socket.startswith(f"WLSSC={session.cookies['WLSSC']};")


def test_every_shape_is_tried():
    assert {*STORED, *IN_SOCKET, *USELESS} == set(SHAPES)

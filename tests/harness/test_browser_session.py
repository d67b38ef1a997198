"""A page behind ``http://127.0.0.1`` keeps its session in a real browser, while it is recorded and while that is played."""

import json
import time
from datetime import datetime, timedelta
from email.utils import formatdate

import msgspec
import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.profile import ServiceProfile
from harness.sessions import recording, replaying
from tests.support.browsers.driven_page import driven_page
from tests.support.browsers.sealed_browser import chromium, sealed, temporary

__all__ = ["chromium", "sealed", "temporary"]

HOME = "https://service.test"
PROFILE = ServiceProfile(name="test", upstream=HOME, origins=(HOME,))
HTML, JSON = ("content-type", "text/html"), ("content-type", "application/json")
PAGE = f"""<!doctype html><title>x</title><link rel=icon href="data:,">
<form method=post action="{HOME}/login"><input name=next value="{HOME}/home?at=https%3A%2F%2Fservice.test%2Fhome">
<button>sign in</button></form>"""
INSIDE = f"""<!doctype html><title>x</title><link rel=icon href="data:,"><p id=said></p><script>
fetch("{HOME.replace("/", chr(92) + "/")}/me", {{credentials: "include"}})
  .then(answer => answer.json()).then(me => document.querySelector("#said").innerText = me.names.join(" "))
</script>"""
DAY = 24 * 3600
EXPIRES = time.time() + 600


def cookies():
    expires = f"Expires={formatdate(EXPIRES, usegmt=True)}"
    return (
        f"sid=1; Domain=.service.test; Path=/; Secure; HttpOnly; SameSite=None; {expires}",
        "framed=1; Path=/; Secure; SameSite=None; Partitioned",
        f"__Host-sid=1; Path=/; Secure; HttpOnly; SameSite=None; {expires}",
        "__Secure-sid=1; Domain=service.test; Path=/; Secure",
        "old=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    )


class Site:
    """A site of https that runs here, and tells of the cookies that it gets."""

    async def handle(self, request):
        match request.path:
            case "/":
                return Response(headers=(HTML, ("set-cookie", "old=1; Path=/; Secure")), body=PAGE.encode())
            case "/login":
                headers = (("location", f"{HOME}/home"), *(("set-cookie", each) for each in cookies()))
                return Response(status=303, headers=headers)
            case "/home":
                return Response(headers=(HTML,), body=INSIDE.encode())
            case _:
                names = sorted(each.partition("=")[0].strip() for each in (request.header("cookie") or "").split(";"))
                return Response(headers=(JSON,), body=json.dumps({"names": names}).encode())

    async def close(self):
        pass


async def sign_in(program, settings, folder, url):
    """What the page says that it got, and the cookies that the browser has."""
    async with driven_page(program, settings, folder) as page:
        await page.open(url + "/")
        await page.click("button")
        said = await page.until("document.querySelector('#said')?.innerText")
        at = await page.ask("location.href")
        kept = await page.send("Network.getCookies")
        assert page.complaints == []
        return said, at.replace(url, ""), sorted(each["name"] for each in kept["cookies"])


def a_day_old(path):
    """The cassette as if it had been recorded the day before: the times of its cookies are over."""
    before = formatdate(EXPIRES - DAY, usegmt=True)
    path.write_text(path.read_text().replace(formatdate(EXPIRES, usegmt=True), before))
    cassette = load(path)
    at = datetime.fromisoformat(cassette.recorded.at) - timedelta(days=1)
    recorded = msgspec.structs.replace(cassette.recorded, at=at.isoformat().replace("+00:00", "Z"))
    return msgspec.structs.replace(cassette, recorded=recorded)


@pytest.mark.browser
async def test_page_keeps_its_session(chromium, sealed, temporary, tmp_path):
    path = tmp_path / "session.yaml"
    with serve(Site()) as service, recording(path, service.url, profile=PROFILE) as server:
        recorded = await sign_in(chromium, sealed, temporary / "one", server.url)
    with replaying(a_day_old(path), profile=PROFILE) as server:
        played = await sign_in(chromium, sealed, temporary / "two", server.url)
        report = server.report()
    assert report.ok, report.text()
    names = ["__Host-sid", "__Secure-sid", "framed", "sid"]
    assert recorded == played == (" ".join(names), "/home", names)

"""A page in Chromium: chat.mjs run at the service's own origin. Argument: the hash of the server's public key."""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from provider.auth.browser.executable import browser_arguments, find_browser
from provider.auth.browser.process import run_browser
from provider.auth.chromium import BrowserSettings

ORIGIN = "https://copilot.microsoft.com"
CHAT = Path(__file__).with_name("chat.mjs").read_text().replace("export async function", "async function")
ASK = "(async () => {{ {chat}\nreturn JSON.stringify(await answer({asked}, {{ origin: location.origin, fetch, WebSocket }})) }})()"


async def main():
    asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as profile:
        settings = BrowserSettings(headless=True, extra_args=(f"--ignore-certificate-errors-spki-list={sys.argv[1]}",))
        arguments = browser_arguments(settings, profile=Path(profile), proxy=None, no_sandbox=os.geteuid() == 0)
        environment = {**os.environ, "TMPDIR": profile}
        async with run_browser([find_browser(), *arguments], environment=environment) as process:
            async with asyncio.timeout(40):
                sys.stdout.write(await talk(process.devtools, asked))


async def talk(devtools, asked):
    target = (await devtools.send("Target.createTarget", {"url": "about:blank"}))["targetId"]
    session = (await devtools.send("Target.attachToTarget", {"targetId": target, "flatten": True}))["sessionId"]
    loaded = asyncio.Event()
    devtools.listen(lambda event: loaded.set() if event.method == "Page.loadEventFired" else None)
    await devtools.send("Page.enable", {}, session)
    # A place of the service's origin that is no page of its own: nothing else talks to the service from there.
    await devtools.send("Page.navigate", {"url": f"{ORIGIN}/.wiretape"}, session)
    await loaded.wait()
    script = ASK.format(chat=CHAT, asked=json.dumps(asked))
    parameters = {"expression": script, "awaitPromise": True, "returnByValue": True}
    told = await devtools.send("Runtime.evaluate", parameters, session)
    return told["result"].get("value") or json.dumps({"turns": [], "error": {"type": "Page", "text": str(told)}})


asyncio.run(main())

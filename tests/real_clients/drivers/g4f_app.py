"""g4f 8.8.6: CopilotApp, the native app's flow on aiohttp; it is always anonymous, and knows no conversations."""

import asyncio

from answers import main


async def ask(asked, told):
    from g4f.Provider.CopilotApp import CopilotApp

    for prompt in asked["prompts"]:
        with told.turn() as turn:
            messages = [{"role": "user", "content": prompt}]
            async for item in CopilotApp.create_async_generator(asked["model"], messages):
                turn.take(item)


def turns(asked, told):
    asyncio.run(ask(asked, told))


main(turns)

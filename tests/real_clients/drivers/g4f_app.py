"""g4f 8.8.6: CopilotApp, the native app's flow on aiohttp. Gets all that its neighbours get, and leaves most of it."""

import asyncio

from answers import main, question, write_har


async def ask(asked, told):
    write_har(asked)  # first: g4f looks for its folder when it is imported
    from g4f.Provider.CopilotApp import CopilotApp

    for prompt in asked["prompts"]:
        with told.turn() as turn:
            messages, more = question(asked, told, prompt)
            async for item in CopilotApp.create_async_generator(
                asked["model"], messages, return_conversation=True, **more
            ):
                turn.take(item)


def turns(asked, told):
    asyncio.run(ask(asked, told))


main(turns)

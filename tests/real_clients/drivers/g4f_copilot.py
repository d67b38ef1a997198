"""g4f 7.3.0 and 8.8.6: the Copilot provider on curl_cffi, signed in (or known by a cookie) by a HAR. Argument: its module."""

import asyncio
import importlib
import sys

from answers import main, question, write_har


async def ask(asked, told):
    write_har(asked)  # first: g4f looks for its folder when it is imported
    provider = importlib.import_module(sys.argv[1]).Copilot
    for prompt in asked["prompts"]:
        with told.turn() as turn:
            messages, more = question(asked, told, prompt)
            async for item in provider.create_async_generator(
                asked["model"], messages, return_conversation=True, **more
            ):
                turn.take(item)


def turns(asked, told):
    asyncio.run(ask(asked, told))


main(turns)

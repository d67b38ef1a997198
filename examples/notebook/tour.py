"""A tour in cells: open it in Jupyter (with jupytext) or in an editor that knows ``# %%``, and run one after the other.

Cells may ``await``, as notebooks allow. Who is asked stands in ``COPILOT_BASE_URL`` and ``COPILOT_TOKEN``.
"""
# ruff: noqa: F704, PLE1142  # cells await, and show what they print

# %% One client for the whole notebook
import asyncio

from provider import AsyncCopilotClient

client = AsyncCopilotClient()

# %% Ask, and read the whole answer
turn = await client.chat("Name three rivers").read()
print(turn.text)

# %% Print an answer as it comes
async for item in client.chat("Which is the longest?"):
    print(item, end="", flush=True)

# %% Look at a picture; in a notebook, `IPython.display.Image(url=..)` shows it
turn = await client.chat("Draw me a lighthouse").read()
pictures = [image.url for image in turn.images]
print(pictures)

# %% What to ask next
print(turn.suggestions)

# %% Two questions at once, each in a conversation of its own
answers = await asyncio.gather(
    *(client.conversations.create().chat(prompt).read() for prompt in ("Name a lake", "Name a sea"))
)
texts = [each.text for each in answers]
print(texts)

# %% The messages so far
for message in await client.history():
    print(message.author, message.text[:40])

# %% The end
await client.close()

"""The openai SDK: a chat whose prompt holds what the environment names, streamed and whole."""

import os

from openai import OpenAI

client = OpenAI(base_url=os.environ["WIRETAPE_URL"] + "/v1", api_key=os.environ["PAIR_KEY"], max_retries=0)
prompt = " ".join(["hello from", *(os.environ[name] for name in ("PAIR_EMAIL", "PAIR_JWT", "PAIR_WORD") if name in os.environ)])
asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}]}
print(client.chat.completions.create(**asked).choices[0].message.content)
pieces = [piece.choices[0].delta.content or "" for piece in client.chat.completions.create(**asked, stream=True) if piece.choices]
print(len(pieces), "".join(pieces))

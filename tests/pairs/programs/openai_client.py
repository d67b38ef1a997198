"""The openai SDK: a chat whose prompt holds what the environment names, streamed and whole."""

import os

from openai import OpenAI

client = OpenAI(base_url=os.environ["WIRETAPE_URL"] + "/v1", api_key=os.environ["PAIR_KEY"], max_retries=0)
named = [os.environ[name] for name in ("PAIR_EMAIL", "PAIR_JWT", "PAIR_WORD") if name in os.environ]
prompt = " ".join(["hello from", *named])
asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": prompt}]}
print(client.chat.completions.create(**asked).choices[0].message.content)
stream = client.chat.completions.create(**asked, stream=True)
pieces = [piece.choices[0].delta.content or "" for piece in stream if piece.choices]
print(len(pieces), "".join(pieces))

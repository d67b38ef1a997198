"""The google-genai SDK, whose key goes in a header of its own: whole and streamed."""

import os

from google import genai
from google.genai import types

options = types.HttpOptions(api_version="v1beta", base_url=os.environ["WIRETAPE_URL"])
client = genai.Client(api_key=os.environ["PAIR_KEY"], http_options=options)
print(client.models.generate_content(model="gemini-2.5-flash", contents="hello").text)
print([piece.text for piece in client.models.generate_content_stream(model="gemini-2.5-flash", contents="hello")])

"""Our own `Copilot`, by the names of g4f's; the argument is the generation."""

import base64
import sys

from answers import main

from provider import Copilot


def turns(asked, told):
    options = {"generation": sys.argv[1], "verify": asked["authorities"], "linger": 0.3, "api_key": asked["token"]}
    for prompt in asked["prompts"]:
        with told.turn() as turn:
            more = {"conversation": told.conversation} if told.conversation else {}
            if asked["image"]:
                more["media"] = [(base64.b64decode(asked["image"]), "pixel.png")]
            messages = [{"role": "user", "content": prompt}]
            for item in Copilot.create_completion(
                asked["model"], messages, stream=True, return_conversation=True, **more, **options
            ):
                turn.take(item)


main(turns)

"""Our own `Copilot`, by the names of g4f's; the argument is the generation."""

import sys

from answers import main, question

from provider import Copilot


def turns(asked, told):
    options = {"generation": sys.argv[1], "verify": asked["authorities"], "linger": 0.3, "api_key": asked["token"]}
    for prompt in asked["prompts"]:
        with told.turn() as turn:
            messages, more = question(asked, told, prompt)
            for item in Copilot.create_completion(
                asked["model"], messages, stream=True, return_conversation=True, **more, **options
            ):
                turn.take(item)


main(turns)

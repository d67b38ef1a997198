"""Our own client, for comparison; the argument is the generation."""

import base64
import json
import sys

from provider import CopilotClient, CopilotError


def main():
    asked = json.load(sys.stdin)
    turns, error = [], None
    options = {"generation": sys.argv[1], "verify": asked["authorities"], "linger": 0.3, "answer_challenges": True}
    with CopilotClient(asked["token"], **options) as client:
        try:
            for prompt in asked["prompts"]:
                media = [(base64.b64decode(asked["image"]), "pixel.png")] if asked["image"] else []
                turn = client.chat(prompt, model=asked["model"], media=media)
                try:
                    list(turn)
                finally:
                    turns.append(shown(turn.record))
        except CopilotError as raised:
            error = {"type": type(raised).__name__, "text": str(raised)}
    json.dump({"turns": turns, "error": error}, sys.stdout)


def shown(record):
    return {
        "text": record.text,
        "images": [image.url for image in record.images],
        "sources": [link.url for link in record.sources],
        "reasoning": record.reasoning,
        "suggestions": record.suggestions,
        "title": record.title or "",
        "finish": record.finish_reason or "",
    }


main()
